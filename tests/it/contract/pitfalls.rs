//! The pitfalls that TrueNAS' API reference marks, as far as a request can fall into them: no
//! request of the whole test suite does. Each has a test of that name, which shows that it is seen.

use serde_json::{Value, json};
use trueup_sim::call_log::CallRecord;

use super::call;

/// Whether a call to a system of that release falls in.
type Falls = fn(&str, &CallRecord) -> bool;

/// Declares the pitfalls: a name, whether a call falls in, and one that does, with its release.
macro_rules! pitfalls {
    ($($name:ident: $falls:expr, $release:literal $method:literal $params:tt;)*) => {
        /// Every pitfall.
        const ALL: &[(&str, Falls)] = &[$((stringify!($name), $falls)),*];
        $(
            #[test]
            fn $name() {
                let wrong = call($method, json!($params));
                let seen: Vec<String> = fallen_into($release, &wrong).collect();
                assert!(seen.iter().any(|it| it.contains(stringify!($name))), "{seen:?}");
            }
        )*
    };
}

/// What a call falls into.
pub fn fallen_into<'a>(
    release: &'a str,
    call: &'a CallRecord,
) -> impl Iterator<Item = String> + 'a {
    let fallen = ALL.iter().filter(move |(_, falls)| falls(release, call));
    fallen.map(move |(name, _)| format!("{release}: `{}`: {name}", call.method))
}

fn param(call: &CallRecord, at: usize) -> &Value {
    call.params.get(at).unwrap_or(&Value::Null)
}

fn is(call: &CallRecord, methods: &[&str]) -> bool {
    methods.contains(&call.method.as_str())
}

/// Whether any value within is so.
fn any(value: &Value, so: &dyn Fn(&Value) -> bool) -> bool {
    so(value)
        || match value {
            Value::Array(members) => members.iter().any(|it| any(it, so)),
            Value::Object(members) => members.values().any(|it| any(it, so)),
            _ => false,
        }
}

pitfalls! {
    a_masked_value_is_never_written_back:
        |_, call| call.params.iter().any(|it| any(it, &|it| *it == "********")),
        "25.10" "keychaincredential.update" [1, { "attributes": "********" }];
    home_create_is_never_sent_since_it_appends_the_name:
        |_, call| !param(call, 0)["home_create"].is_null() || !param(call, 1)["home_create"].is_null(),
        "25.10" "user.update" [1, { "home": "/mnt/tank/home", "home_create": true }];
    a_new_home_comes_with_its_mode_since_the_old_ones_is_taken_else:
        |_, call| call.method == "user.update"
            && !param(call, 1)["home"].is_null() && param(call, 1)["home_mode"].is_null(),
        "25.10" "user.update" [1, { "home": "/mnt/tank/home/repl" }];
    permissions_are_never_set_recursively:
        |_, call| call.method == "filesystem.setperm" && param(call, 0)["options"]["recursive"] == true,
        "25.10" "filesystem.setperm" [{ "path": "/mnt/tank", "options": { "recursive": true } }];
    a_failed_start_is_an_error_only_if_silent_is_false:
        |_, call| match call.method.as_str() {
            "service.control" => param(call, 2)["silent"] != false,
            "service.start" | "service.stop" => param(call, 1)["silent"] != false,
            _ => false,
        },
        "25.04" "service.start" ["ssh", {}];
    service_update_without_enable_switches_the_service_off_on_25_04:
        |_, call| call.method == "service.update" && !param(call, 1)["enable"].is_boolean(),
        "25.04" "service.update" ["ssh", {}];
    an_account_without_password_is_no_smb_account:
        |_, call| call.method == "user.create" && param(call, 0)["password_disabled"] == true
            && param(call, 0)["smb"] != false,
        "25.10" "user.create" [{ "username": "a", "password_disabled": true }];
    get_true_is_an_error_where_nothing_matches:
        |_, call| call.params.iter().any(|it| it["get"] == true),
        "25.10" "user.query" [[["username", "=", "a"], ["local", "=", true]], { "get": true }];
    datasets_are_never_read_with_all_their_children:
        |_, call| call.method == "pool.dataset.query"
            && param(call, 1)["extra"]["retrieve_children"] != false
            // Naming fields leaves the children out of the reply, where all are listed.
            && param(call, 1)["select"].as_array().is_none_or(|it| it.contains(&json!("children"))),
        "25.10" "pool.dataset.query" [[["id", "=", "tank"]], {}];
    accounts_and_groups_are_local_ones_or_directory_services_are_asked:
        |_, call| is(call, &["user.query", "group.query"])
            && !any(param(call, 0), &|it| *it == json!(["local", "=", true])),
        "25.10" "user.query" [[["username", "=", "a"]], {}];
    a_select_that_renames_fails_on_25_04:
        |_, call| call.params.iter().any(|it| {
            it["select"].as_array().is_some_and(|all| all.iter().any(Value::is_array))
        }),
        "25.04" "user.query" [[["local", "=", true]], { "select": [["username", "name"]] }];
    a_dataset_without_comments_gets_the_text_inherit_on_26_0:
        |release, call| ["26.0", "27.0"].contains(&release) && call.method == "pool.dataset.create"
            && param(call, 0)["comments"].is_null(),
        "26.0" "pool.dataset.create" [{ "name": "tank/a" }];
    attributes_of_a_connection_are_replaced_whole:
        |_, call| call.method == "keychaincredential.update"
            && ["connect_timeout", "host", "port", "private_key", "remote_host_key", "username"]
                .iter().any(|name| param(call, 1)["attributes"][*name].is_null()),
        "25.10" "keychaincredential.update" [1, { "attributes": { "host": "chicago" } }];
    nothing_is_ever_deleted:
        |_, call| call.method.ends_with(".delete"),
        "25.10" "pool.dataset.delete" ["tank/a", {}];
    host_keys_are_never_trusted_on_first_use:
        |_, call| call.method == "keychaincredential.remote_ssh_host_key_scan",
        "25.10" "keychaincredential.remote_ssh_host_key_scan" [{ "host": "chicago" }];
    key_pairs_are_made_here_since_the_generator_makes_rsa_for_root:
        |_, call| call.method == "keychaincredential.generate_ssh_key_pair",
        "25.10" "keychaincredential.generate_ssh_key_pair" [];
    a_key_goes_with_the_name_of_its_owner_which_27_wants_too:
        |_, call| is(call, &["auth.login", "auth.login_with_api_key"]),
        "26.0" "auth.login_with_api_key" ["1-x"];
    what_is_offered_cannot_be_asked_before_the_login_up_to_25_10:
        |release, call| release < "26" && call.method == "auth.mechanism_choices",
        "25.10" "auth.mechanism_choices" [];
    reconnect_token_is_an_error_on_25:
        |release, call| release < "26" && !param(call, 0)["login_options"]["reconnect_token"].is_null(),
        "25.10" "auth.login_ex" [{ "login_options": { "reconnect_token": false } }];
    scram_takes_no_login_options:
        |_, call| param(call, 0)["mechanism"] == "SCRAM" && !param(call, 0)["login_options"].is_null(),
        "26.0" "auth.login_ex" [{ "mechanism": "SCRAM", "login_options": {} }];
    all_sudo_commands_stand_alone:
        |_, call| is(call, &["user.create", "user.update"]) && call.params.iter().any(|it| {
            ["sudo_commands", "sudo_commands_nopasswd"].iter().any(|name| {
                it[*name].as_array().is_some_and(|all| all.len() > 1 && all.contains(&json!("ALL")))
            })
        }),
        "25.10" "user.update" [1, { "sudo_commands_nopasswd": ["ALL", "/usr/sbin/zfs"] }];
    job_wait_is_itself_a_job:
        |_, call| call.method == "core.job_wait",
        "25.04" "core.job_wait" [1];
    a_uid_is_no_id_and_is_never_changed:
        |_, call| call.method == "user.update" && !param(call, 1)["uid"].is_null(),
        "25.10" "user.update" [1, { "uid": 3000 }];
}
