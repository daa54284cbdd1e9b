//! The planner's laws, over random manifests and random live states. Pure: no system is involved.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use trueup::model::{Address, Desired, Live};
use trueup::plan::check::check;
use trueup::plan::{Inputs, Occasion, Plan, Selection, drift, plan};
use trueup::truenas_wire::release::Release;
use trueup::truenas_wire::{Observed, Roles, Seen};

const SYSTEMS: [&str; 2] = ["boston", "chicago"];
const NAMES: [&str; 6] = ["tank/a", "tank/a/b", "tank/a/b/c", "tank/d", "pool/x", "tank"];

/// A value of a dataset's property, as the manifest may want it or a system may report it.
fn property(field: &'static str) -> BoxedStrategy<Value> {
    match field {
        "compression" => prop_oneof![Just("zstd"), Just("lz4")].prop_map(|it| json!(it)).boxed(),
        "quota" => prop_oneof![Just("none"), Just("10G")].prop_map(|it| json!(it)).boxed(),
        _ => prop_oneof![Just("on"), Just("off")].prop_map(|it| json!(it)).boxed(),
    }
}

fn properties() -> impl Strategy<Value = BTreeMap<&'static str, Value>> {
    let maybe = |field| proptest::option::of(property(field));
    (maybe("compression"), maybe("quota"), maybe("readonly")).prop_map(|(a, b, c)| {
        [("compression", a), ("quota", b), ("readonly", c)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    })
}

fn dataset() -> impl Strategy<Value = (Address, BTreeMap<&'static str, Value>)> {
    let name = (0..SYSTEMS.len(), 0..NAMES.len());
    (name, properties()).prop_map(|((system, name), properties)| {
        (Address::new(SYSTEMS[system], "dataset", NAMES[name]), properties)
    })
}

fn ssh() -> impl Strategy<Value = (Address, BTreeMap<&'static str, Value>)> {
    let flag = || proptest::option::of(any::<bool>());
    (0..SYSTEMS.len(), flag(), flag(), proptest::option::of(1..65_535_u16)).prop_map(
        |(system, running, password, port)| {
            let fields = [
                ("running", running.map(|it| json!(it))),
                ("password_login", password.map(|it| json!(it))),
                ("port", port.map(|it| json!(it))),
            ];
            let fields = fields.into_iter().filter_map(|(name, it)| Some((name, it?)));
            (Address::singleton(SYSTEMS[system], "ssh_service"), fields.collect())
        },
    )
}

fn desired() -> impl Strategy<Value = BTreeMap<Address, Desired>> {
    let resources = proptest::collection::vec(prop_oneof![4 => dataset(), 1 => ssh()], 0..10);
    resources.prop_map(|resources| {
        let desired = resources.into_iter().map(|(address, fields)| {
            let mut want = Desired::new(address.clone());
            for (field, value) in fields {
                want.fields.insert(field.into(), value.into());
            }
            (address, want)
        });
        desired.collect()
    })
}

/// A live state for everything that is wanted: there or not, with properties of its own.
fn observed(desired: &BTreeMap<Address, Desired>) -> impl Strategy<Value = Observed> + use<> {
    let addresses: Vec<Address> = desired.keys().cloned().collect();
    let lives = proptest::collection::vec((any::<bool>(), properties(), 0..4_u8), addresses.len());
    lives.prop_map(move |lives| {
        let mut observed = Observed::default();
        for system in SYSTEMS {
            observed.systems.insert(system.into(), seen());
        }
        for (address, (exists, properties, ancestor)) in addresses.iter().zip(lives) {
            observed.live.insert(address.clone(), live(address, exists, properties, ancestor));
        }
        observed
    })
}

fn live(
    address: &Address,
    exists: bool,
    properties: BTreeMap<&'static str, Value>,
    ancestor: u8,
) -> Live {
    let mut live = Live::absent();
    if address.kind == "ssh_service" {
        live.exists = true;
        live.field("running", exists);
        live.field("password_login", false);
        live.field("port", 22);
        return live;
    }
    if let Some((parent, _)) = address.key().rsplit_once('/')
        && ancestor > 0
    {
        live.fact(
            "ancestor",
            json!({ "name": parent, "locked": false, "volume": false, "readonly": ancestor > 2 }),
        );
    }
    if exists {
        live.exists = true;
        for field in ["compression", "quota", "readonly"] {
            let default = if field == "compression" { json!("lz4") } else { json!("off") };
            live.field(field, properties.get(field).cloned().unwrap_or(default));
        }
    }
    live
}

fn seen() -> Seen {
    Seen {
        url: "https://127.0.0.1".into(),
        username: "trueup".into(),
        release: Release::of("25.10.6"),
        host_id: None,
        hostname: None,
        roles: Roles::from_iter(["FULL_ADMIN"]),
        failure: None,
        remedy: None,
    }
}

pub fn make(desired: &BTreeMap<Address, Desired>, observed: &Observed) -> Plan {
    let selection = Selection::default();
    let inputs = Inputs {
        desired,
        named: &[],
        links: &[],
        observed,
        manifest_digest: "sha256:0",
        selection: &selection,
    };
    plan(&inputs).expect("no cycle")
}

/// Live after every step of the plan did what it says.
pub fn after(plan: &Plan, observed: &Observed) -> Observed {
    let mut observed = observed.clone();
    for step in &plan.steps {
        let live = observed.live.get_mut(&step.address).expect("a step's resource was read");
        live.exists = true;
        for change in &step.changes {
            live.field(&change.field, change.after.clone());
        }
    }
    observed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_keeps_the_invariants((desired, observed) in both()) {
        prop_assert_eq!(check(&make(&desired, &observed)), Vec::<String>::new());
    }

    #[test]
    fn same_inputs_same_bytes((desired, observed) in both()) {
        let bytes = || serde_json::to_string(&make(&desired, &observed)).expect("JSON");
        prop_assert_eq!(bytes(), bytes());
    }

    #[test]
    fn after_apply_the_plan_has_no_step((desired, observed) in both()) {
        let first = make(&desired, &observed);
        let second = make(&desired, &after(&first, &observed));
        prop_assert_eq!(&second.steps, &Vec::new());
        let blocked = |plan: &Plan| {
            plan.blocked.iter().map(|it| (it.address.clone(), it.field.clone())).collect::<BTreeSet<_>>()
        };
        prop_assert_eq!(blocked(&second), blocked(&first));
    }

    #[test]
    fn every_managed_field_is_in_exactly_one_state((desired, observed) in both()) {
        let plan = make(&desired, &observed);
        for want in desired.values() {
            let whole = plan.blocked.iter().any(|it| it.address == want.address && it.field.is_none());
            for field in want.fields.keys() {
                let states = [
                    plan.steps.iter().any(|step| {
                        step.address == want.address && step.changes.iter().any(|it| it.field == *field)
                    }),
                    plan.kept.iter().any(|it| it.address == want.address && it.fields.contains(field)),
                    plan.unverifiable.iter().any(|it| it.address == want.address && it.field == *field),
                    whole || plan.blocked.iter().any(|it| {
                        it.address == want.address && it.field.as_ref() == Some(field)
                    }),
                ];
                prop_assert_eq!(states.iter().filter(|it| **it).count(), 1, "{}#{}", want.address, field);
            }
        }
    }

    #[test]
    fn drift_lists_what_the_plan_changes_or_blocks((desired, observed) in both()) {
        let plan = make(&desired, &observed);
        let selection = Selection::default();
        let inputs = Inputs { desired: &desired, named: &[], links: &[], observed: &observed, manifest_digest: "", selection: &selection };
        let occasion = Occasion { made_at: jiff::Timestamp::UNIX_EPOCH, manifest: &[], baseline: None };
        let drifted: BTreeSet<Address> = drift(&inputs, &occasion).items.into_iter().map(|it| it.address).collect();
        let planned = plan.steps.iter().map(|it| it.address.clone());
        let all: BTreeSet<Address> = planned.chain(plan.blocked.iter().map(|it| it.address.clone())).collect();
        prop_assert_eq!(drifted, all);
    }
}

pub fn both() -> impl Strategy<Value = (BTreeMap<Address, Desired>, Observed)> {
    desired().prop_flat_map(|desired| {
        let observed = observed(&desired);
        (Just(desired), observed)
    })
}
