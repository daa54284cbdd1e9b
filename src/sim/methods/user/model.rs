//! What `user.create` and `user.update` take (`api/v25_10_5/user.py`, `api/v26_0_0/user.py`).

use serde_json::{Value, json};

use super::super::super::check::{
    Field, Model, Shape, any_of, between, boolean, forbidden, int, list, long_text, nullable,
    one_of_values, optional, required, text, texts,
};
use super::super::super::release::Release;
use super::home;

/// The greatest uid of a local account: what follows is for directory services.
const MAX_UID: i64 = 90_000_000;
/// The greatest uid there can be (`XID_MAX`).
const MAX_XID: i64 = 0xffff_fffe;

/// A uid or gid of a local account (`LocalUID`), or null for the next free one.
pub(in crate::methods) fn local_id() -> Shape {
    nullable(between(0, MAX_UID))
}

/// How an account is mapped into containers (`userns_idmap`).
pub(in crate::methods) fn idmap() -> Shape {
    any_of([one_of_values([json!("DIRECT"), Value::Null]), between(1, MAX_XID)])
}

fn fields(release: Release, creating: bool) -> Vec<Field> {
    let only_created = |field: Field, name| if creating { field } else { forbidden(name) };
    let empty = || Value::Array(Vec::new());
    let commands = |name| optional(name, list(texts::non_empty()), empty());
    let address = if release < Release::V26_0 { texts::email_str() } else { texts::email() };
    let mut fields = vec![
        forbidden("id"),
        only_created(optional("uid", local_id(), Value::Null), "uid"),
        required("username", texts::local_username()),
        forbidden("unixhash"),
        forbidden("smbhash"),
        optional("home", texts::non_empty(), home::NONE),
        optional("shell", texts::non_empty(), "/usr/bin/zsh"),
        required("full_name", texts::non_empty()),
        forbidden("builtin"),
        optional("smb", boolean(), true),
    ];
    if release >= Release::V26_0 {
        fields.push(optional("webshare", boolean(), false));
    }
    fields.extend([
        optional("userns_idmap", idmap(), Value::Null),
        optional("group", nullable(int()), Value::Null),
        optional("groups", list(int()), empty()),
        optional("password_disabled", boolean(), false),
        optional("ssh_password_enabled", boolean(), false),
        optional("sshpubkey", nullable(long_text()), Value::Null),
        optional("locked", boolean(), false),
        commands("sudo_commands"),
        commands("sudo_commands_nopasswd"),
        optional("email", nullable(address), Value::Null),
    ]);
    fields.extend(
        [
            "local",
            "immutable",
            "twofactor_auth_configured",
            "sid",
            "last_password_change",
            "password_age",
            "password_history",
            "password_change_required",
            "roles",
            "api_keys",
        ]
        .map(forbidden),
    );
    fields.extend([
        only_created(optional("group_create", boolean(), false), "group_create"),
        optional("home_create", boolean(), false),
        optional("home_mode", text(), "700"),
        optional("password", nullable(texts::non_empty()), Value::Null),
        optional("random_password", boolean(), false),
    ]);
    fields
}

/// The parameter of `user.create`.
pub(super) fn creation(release: Release) -> Field {
    required("user_create", Model::new("UserCreate", fields(release, true)))
}

/// The second parameter of `user.update`.
pub(super) fn change(release: Release) -> Field {
    required("user_update", Model::new("UserUpdate", fields(release, false)).partial())
}
