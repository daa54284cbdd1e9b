//! Datasets.

use super::{Lowering, switch, want_if};
use crate::manifest::document::{Dataset, System};
use crate::manifest::value::{Quota, RecordSize};
use crate::model::{Address, size};

impl Lowering<'_> {
    /// A system's datasets.
    pub(super) fn datasets(&mut self, name: &str, system: &System) {
        for (dataset, named) in system.datasets.value().iter().flat_map(|it| &it.0) {
            let address = Address::new(name, "dataset", &dataset.0);
            let desired = self.resource(address, &named.span);
            let Some(Some(dataset)) = &named.value else { continue };
            let Dataset {
                create_ancestors,
                compression,
                readonly,
                atime,
                recordsize,
                quota,
                refquota,
                comments,
            } = dataset;
            switch(desired, "create_ancestors", create_ancestors);
            want_if(desired, "compression", compression, |it| it.0.clone());
            want_if(desired, "readonly", readonly, |it| it.text());
            want_if(desired, "atime", atime, |it| it.text());
            want_if(desired, "recordsize", recordsize, record_size);
            want_if(desired, "quota", quota, show_quota);
            want_if(desired, "refquota", refquota, show_quota);
            want_if(desired, "comments", comments, |it| it.0.clone());
        }
    }
}

fn record_size(RecordSize(bytes): &RecordSize) -> String {
    bytes.map_or("inherit".into(), size::show)
}

fn show_quota(Quota(bytes): &Quota) -> String {
    bytes.map_or("none".into(), size::show)
}
