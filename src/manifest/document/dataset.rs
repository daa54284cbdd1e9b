//! `systems.NAME.datasets.NAME`.

use crate::manifest::table::mapping;
use crate::manifest::value::{Comment, Compression, Quota, RecordSize, Switch};

mapping! {
    /// A dataset. Properties are compared by what is in effect, inherited or not; a property that
    /// is left out is left alone.
    pub struct Dataset as "a dataset" {
        /// Whether missing datasets above it are created too. They are not managed.
        pub create_ancestors: bool,
        /// How data are compressed.
        pub compression: Compression,
        /// Whether it is read-only.
        pub readonly: Switch,
        /// Whether reading a file changes its access time.
        pub atime: Switch,
        /// How large the blocks of files are at most.
        pub recordsize: RecordSize,
        /// How much it and everything below it may hold.
        pub quota: Quota,
        /// How much it may hold, without snapshots and what is below it.
        pub refquota: Quota,
        /// A note for people.
        pub comments: Comment,
    }
}
