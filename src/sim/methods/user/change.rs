//! `user.update`.

use serde_json::Value;

use super::super::super::check::{Errors, int, required};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::system::System;
use super::super::super::system::access::Identity;
use super::super::super::system::accounts::User;
use super::home::rules::KeyedHome;
use super::validation::{self, Candidate};
use super::{Settings, accepted, answer, entry, existing, gid, home, model, random_password};

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let fields = [required("id", int()), model::change(call.system.generation())];
    let [id, data] = accepted(call, fields)?;
    let old = existing(call, &id, "modified through")?;
    let mut data = Settings::new(&data);
    let mut new = old.clone();
    data.apply(&mut new);
    validate(call.system, &data, &old, &new)?;
    if data.flag("random_password") {
        data.set("password", random_password());
    }
    let has_home = !home::is_none(call.system.generation(), &new.home);
    if let Some(path) = data.text("home").filter(|_| has_home && data.flag("home_create")) {
        let path = home::joined(path, &new.username);
        data.set("home", path);
    }
    data.apply(&mut new);
    move_in(call.system, &data, &old, &new, has_home)?;
    if new.username != old.username {
        let keys = call.system.accounts.keys.values_mut();
        for api_key in keys.filter(|api_key| api_key.key.username == old.username) {
            api_key.key.username.clone_from(&new.username);
        }
    }
    let id = new.id;
    call.system.accounts.users.insert(id, new);
    call.system.reload_ssh();
    Ok(answer(call.system, "changed", id, data.text("password")).into())
}

fn validate(system: &System, data: &Settings, old: &User, new: &User) -> Result<(), Fault> {
    let mut errors = Errors::new();
    if data.flag("password_disabled") && !validation::leaves_an_administrator(system, old.id) {
        let message = "After disabling password for this user no password-enabled local user will \
                       have built-in privilege 'Local Administrator'.";
        errors.add("user_update.password_disabled", message);
    }
    match data.get("group") {
        Some(Value::Null) => errors.add("user_update.group", "User must have a primary group"),
        Some(group) if !system.accounts.groups.contains_key(&new.group) => {
            errors.add_errno("user_update.group", format!("Group {group} not found"), 2);
        }
        _ => {}
    }
    let mut errors = errors.check().map(|()| Errors::new())?;
    let further = data.numbers("groups").filter(|groups| !groups.is_empty());
    let further = further.unwrap_or_else(|| old.groups.clone());
    let groups: Vec<i64> = [new.group].into_iter().chain(further).collect();
    let guarded = system.generation().guards_accounts();
    if guarded && data.flag("locked") && !leaves_somebody(system, old.id) {
        let message = "After locking this user no local users will have FULL_ADMIN role";
        errors.add("user_update.locked", message);
    }
    let candidate = Candidate { schema: "user_update", data, old: Some(old), new, groups: &groups };
    candidate.validate(system, &mut errors)?;
    let keys = data.text("sshpubkey").unwrap_or_default();
    let exempt = old.uid == 0 || old.uid == entry::ADMIN_UID;
    if !keys.is_empty() && !exempt && !home::rules::is_on_dataset(system, &new.home)? {
        let message = "Home directory is not writable, leave this blank\"";
        errors.add("user_update.sshpubkey", message);
    } else if !keys.is_empty() && !exempt {
        let home = KeyedHome {
            path: &new.home,
            mode: data.text("home_mode").map(home::bits),
            given: false,
            identity: Identity::of(system, new),
        };
        home.validate(system, "user_update.sshpubkey", &mut errors);
    }
    if entry::is_immutable(old) {
        validate_immutable(data, old, &mut errors);
    }
    let given = data.text("password").is_some() || data.flag("random_password");
    if !old.smb && data.flag("smb") && !given {
        let message = "Password must be reset in order to enable SMB authentication";
        errors.add("user_update.smb", message);
    }
    errors.check()
}

/// Whether an account stays that may do everything and is not locked.
fn leaves_somebody(system: &System, without: i64) -> bool {
    system.accounts.users.values().any(|user| {
        let privileges = system.accounts.privileges_of_user(user);
        let admin = privileges.iter().any(|held| held.roles.iter().any(|r| r == "FULL_ADMIN"));
        user.id != without && !user.locked && admin
    })
}

fn validate_immutable(data: &Settings, old: &User, errors: &mut Errors) {
    let unchangeable = "This attribute cannot be changed";
    if data.get("home_mode").is_some() {
        errors.add("user_update.home_mode", unchangeable);
    }
    for (name, is_same) in [
        // The group is compared with an object by then, and never equals it.
        ("group", false),
        ("home", data.text("home") == Some(old.home.as_str())),
        ("username", data.text("username") == Some(old.username.as_str())),
        ("smb", data.get("smb").and_then(Value::as_bool) == Some(old.smb)),
        ("userns_idmap", data.get("userns_idmap") == Some(&old.userns_idmap)),
    ] {
        if data.get(name).is_some() && !is_same {
            errors.add(format!("user_update.{name}"), unchangeable);
        }
    }
}

/// What an update does to the home: it makes a missing one, writes the keys where the home was,
/// copies it where it goes, and sets its mode; the owner only of a copy.
fn move_in(
    system: &mut System,
    data: &Settings,
    old: &User,
    new: &User,
    has_home: bool,
) -> Result<(), Fault> {
    let had_home = !home::is_none(system.generation(), &old.home);
    let moves = has_home && had_home && old.home != new.home && data.get("home").is_some();
    // The keys of the account are those of its old home, wherever it goes.
    let kept = home::keys::read(system, &old.home);
    let keys = match data.get("sshpubkey") {
        Some(keys) => keys.as_str().map(str::to_owned),
        None => kept,
    };
    let owner = (new.uid, gid(system, new.group));
    let asked = data.text("home_mode").map(home::bits);
    if has_home {
        let before = system.files.get(&old.home).map(|node| node.mode);
        home::recreate(system, &new.home, asked.or(before).unwrap_or(0o700), owner)?;
    }
    let asked = asked.filter(|_| !entry::is_immutable(old));
    let place = if moves { &old.home } else { &new.home };
    home::keys::write(system, place, keys.as_deref(), owner)?;
    if moves {
        home::copy(system, &old.home, &new.home, asked, new.uid);
    } else if let Some(mode) = asked.filter(|_| has_home) {
        home::set_mode(system, &new.home, mode);
    }
    Ok(())
}
