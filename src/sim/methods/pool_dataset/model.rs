//! What `pool.dataset.create`, `.update` and `.delete` take.
//!
//! Source: `api/v25_10_5/pool_dataset.py`, `api/v26_0_0/pool_dataset.py`.

use serde_json::{Value, json};

use super::super::super::check::{
    Field, Model, Objection, Shape, absent, any_of, at_least, between, boolean, forbidden, int,
    list, nullable, one_of, one_of_values, optional, required, tagged, text, texts,
};
use super::super::super::release::Release;
use super::super::super::system::datasets::is_valid_name;

/// Every algorithm of `compression`, in the order in which errors name them.
pub(super) const COMPRESSION: [&str; 51] = [
    "ON",
    "OFF",
    "LZ4",
    "GZIP",
    "GZIP-1",
    "GZIP-9",
    "ZSTD",
    "ZSTD-FAST",
    "ZLE",
    "LZJB",
    "ZSTD-1",
    "ZSTD-2",
    "ZSTD-3",
    "ZSTD-4",
    "ZSTD-5",
    "ZSTD-6",
    "ZSTD-7",
    "ZSTD-8",
    "ZSTD-9",
    "ZSTD-10",
    "ZSTD-11",
    "ZSTD-12",
    "ZSTD-13",
    "ZSTD-14",
    "ZSTD-15",
    "ZSTD-16",
    "ZSTD-17",
    "ZSTD-18",
    "ZSTD-19",
    "ZSTD-FAST-1",
    "ZSTD-FAST-2",
    "ZSTD-FAST-3",
    "ZSTD-FAST-4",
    "ZSTD-FAST-5",
    "ZSTD-FAST-6",
    "ZSTD-FAST-7",
    "ZSTD-FAST-8",
    "ZSTD-FAST-9",
    "ZSTD-FAST-10",
    "ZSTD-FAST-20",
    "ZSTD-FAST-30",
    "ZSTD-FAST-40",
    "ZSTD-FAST-50",
    "ZSTD-FAST-60",
    "ZSTD-FAST-70",
    "ZSTD-FAST-80",
    "ZSTD-FAST-90",
    "ZSTD-FAST-100",
    "ZSTD-FAST-500",
    "ZSTD-FAST-1000",
    "INHERIT",
];
/// Every algorithm of `checksum`.
pub(super) const CHECKSUM: [&str; 10] = [
    "ON",
    "OFF",
    "FLETCHER2",
    "FLETCHER4",
    "SHA256",
    "SHA512",
    "SKEIN",
    "EDONR",
    "BLAKE3",
    "INHERIT",
];
const ENCRYPTION: [&str; 6] =
    ["AES-128-CCM", "AES-192-CCM", "AES-256-CCM", "AES-128-GCM", "AES-192-GCM", "AES-256-GCM"];
const BLOCK_SIZES: [&str; 10] =
    ["512", "512B", "1K", "2K", "4K", "8K", "16K", "32K", "64K", "128K"];

/// The smallest quota, bytes.
const SMALLEST_QUOTA: i64 = 1 << 30;

/// The parameter of `pool.dataset.create`: in 25.04 one schema for both kinds, in 25.10 whichever
/// model fits, in 26.0 the one that `type` names.
pub(super) fn create(release: Release) -> Field {
    if release.checks_by_schema() {
        let kind = optional("type", one_of(&["FILESYSTEM", "VOLUME"]), "FILESYSTEM");
        let own = filesystem().into_iter().chain(volume()).filter(|field| field.name() != "type");
        let own = own.map(|field| match field.name() {
            "volsize" => absent("volsize", int()),
            _ => field,
        });
        // The name is looked at later, in words of its own.
        let shared = shared(release).into_iter().map(|field| match field.name() {
            "name" => required("name", text()),
            _ => field,
        });
        let model = Model::new("pool_dataset_create", shared.chain(own).chain([kind]));
        return required("data", model).in_schema("pool_dataset_create");
    }
    let of = |own: Vec<Field>| shared(release).into_iter().chain(own);
    let filesystem = Model::new("PoolDatasetCreateFilesystem", of(filesystem()));
    let volume = Model::new("PoolDatasetCreateVolume", of(volume()));
    if release < Release::V26_0 {
        required("data", any_of([filesystem.into(), volume.into()]))
    } else {
        required("data", tagged("type", [("FILESYSTEM", filesystem), ("VOLUME", volume)]))
    }
}

/// The parameters of `pool.dataset.update`.
pub(super) fn update(release: Release) -> [Field; 2] {
    const FIXED: [&str; 5] =
        ["name", "share_type", "encryption_options", "encryption", "inherit_encryption"];
    const FIXED_AT_CREATION: [&str; 4] = ["type", "sparse", "volblocksize", "casesensitivity"];
    let fixed = |field: Field, names: &[&'static str]| {
        let name = names.iter().find(|name| **name == field.name());
        name.map_or(field, |name| forbidden(name))
    };
    let fields = shared(release)
        .into_iter()
        .map(|field| fixed(field, &FIXED))
        .chain(volume().into_iter().map(|field| fixed(field, &FIXED_AT_CREATION)))
        .chain(filesystem().into_iter().skip(1).map(|field| fixed(field, &FIXED_AT_CREATION)))
        .chain([required(
            "user_properties_update",
            list(user_property_update().into()).each("user_property"),
        )]);
    let model = Model::new("PoolDatasetUpdate", fields).partial();
    [required("id", text()), required("data", model).in_schema("pool_dataset_update")]
}

/// The parameters of `pool.dataset.delete`.
pub(super) fn delete() -> [Field; 2] {
    let options = Model::new(
        "PoolDatasetDeleteOptions",
        [optional("recursive", boolean(), false), optional("force", boolean(), false)],
    );
    [required("id", text()), Field::defaulting("options", options).in_schema("dataset_delete")]
}

fn switch() -> Shape {
    one_of(&["ON", "OFF", "INHERIT"])
}

fn percentage() -> Shape {
    any_of([between(0, 100), one_of(&["INHERIT"])])
}

fn number() -> Shape {
    any_of([int(), one_of(&["INHERIT"])])
}

fn quota() -> Shape {
    any_of([at_least(SMALLEST_QUOTA), one_of_values([json!(0), Value::Null])])
}

fn name() -> Shape {
    text().max(usize::MAX).rule("function-before[_validate_dataset_name(), str]", |value| {
        if is_valid_name(value.as_str().unwrap_or_default()) {
            return Ok(());
        }
        let message = "Please provide a valid dataset name according to ZFS standards";
        Err(Objection::Value(message.into()))
    })
}

fn shared(release: Release) -> Vec<Field> {
    let inherited = "INHERIT";
    vec![
        required("name", name()),
        optional("comments", text(), inherited),
        optional("sync", one_of(&["STANDARD", "ALWAYS", "DISABLED", "INHERIT"]), inherited),
        absent("snapdev", one_of(&["HIDDEN", "VISIBLE", "INHERIT"])),
        optional("compression", one_of(&COMPRESSION), inherited),
        optional("exec", switch(), inherited),
        optional("managedby", texts::non_empty(), inherited),
        optional("quota_warning", percentage(), inherited),
        optional("quota_critical", percentage(), inherited),
        optional("refquota_warning", percentage(), inherited),
        optional("refquota_critical", percentage(), inherited),
        absent("reservation", int()),
        absent("refreservation", int()),
        absent("special_small_block_size", number()),
        optional("copies", number(), inherited),
        optional("snapdir", one_of(&["DISABLED", "VISIBLE", "HIDDEN", "INHERIT"]), inherited),
        optional("deduplication", one_of(&["ON", "VERIFY", "OFF", "INHERIT"]), inherited),
        optional("checksum", one_of(&CHECKSUM), inherited),
        optional("readonly", switch(), inherited),
        optional(
            "share_type",
            one_of(&["GENERIC", "MULTIPROTOCOL", "NFS", "SMB", "APPS"]),
            "GENERIC",
        ),
        Field::defaulting("encryption_options", encryption_options(release)),
        optional("encryption", boolean(), false),
        optional("inherit_encryption", boolean(), true),
        optional("user_properties", list(user_property().into()).each("user_property"), json!([])),
        optional("create_ancestors", boolean(), false),
    ]
}

fn filesystem() -> Vec<Field> {
    vec![
        optional("type", one_of(&["FILESYSTEM"]), "FILESYSTEM"),
        absent("aclmode", one_of(&["PASSTHROUGH", "RESTRICTED", "DISCARD", "INHERIT"])),
        absent("acltype", one_of(&["OFF", "NFSV4", "POSIX", "INHERIT"])),
        absent("atime", switch()),
        absent("casesensitivity", one_of(&["SENSITIVE", "INSENSITIVE", "INHERIT"])),
        absent("quota", quota()),
        absent("refquota", quota()),
        absent("recordsize", text()),
    ]
}

fn volume() -> Vec<Field> {
    vec![
        optional("type", one_of(&["VOLUME"]), "VOLUME"),
        absent("force_size", boolean()),
        absent("sparse", boolean()),
        required("volsize", int()),
        absent("volblocksize", one_of(&BLOCK_SIZES)),
    ]
}

fn encryption_options(release: Release) -> Model {
    let (fewest, rounds) =
        if release < Release::V26_0 { (100_000, 350_000) } else { (1_300_000, 1_300_000) };
    Model::new(
        "PoolCreateEncryptionOptions",
        [
            optional("generate_key", boolean(), false),
            optional("pbkdf2iters", at_least(fewest), rounds),
            optional("algorithm", one_of(&ENCRYPTION), "AES-256-GCM"),
            optional("passphrase", nullable(text().min(8)), Value::Null),
            optional("key", nullable(text().min(64).max(64)), Value::Null),
        ],
    )
}

fn user_property() -> Model {
    let key = text().matching(".*:.*");
    Model::new("PoolDatasetCreateUserProperty", [required("key", key), required("value", text())])
}

fn user_property_update() -> Model {
    Model::new(
        "PoolDatasetUpdateUserProperty",
        [
            required("key", text().matching(".*:.*")),
            absent("value", text()),
            absent("remove", boolean()),
        ],
    )
}
