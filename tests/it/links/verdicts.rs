//! What is broken is never called fine, and what is fine is never called broken: after a clean
//! apply one thing is changed through the API, and what drift says of the replication is held
//! against what the source is told when it runs it.

use serde_json::{Value, json};
use trueup_sim::system::files::Node;

use super::{account, applied, credential, public_key, set_account, set_permissions};
use crate::support::Fleet;

/// What drift must say of the replication.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Breaks {
    Yes,
    Unknown,
    No,
}

use Breaks::{No, Unknown, Yes};

impl Breaks {
    fn name(self) -> &'static str {
        match self {
            Yes => "yes",
            Unknown => "unknown",
            No => "no",
        }
    }
}

/// Changes one thing at a time, and puts it back.
struct Pair {
    fleet: Fleet,
    key: String,
    groups: Value,
    wrong: Vec<String>,
}

impl Pair {
    fn new() -> Self {
        let rule = "groups: { asking: { gid: 4000 }, granting: { gid: 4001 } }";
        let fleet = super::pair_with("", rule);
        super::example(&fleet, "quickstart");
        super::proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
        let key = public_key(&fleet, "boston-to-chicago");
        let groups = account(&fleet)["groups"].clone();
        Self { fleet, key, groups, wrong: Vec::new() }
    }

    /// The same, and puts the account, the options and the directories back.
    fn check(&mut self, name: &str, expected: Breaks) {
        self.judge(name, expected);
        self.put_back();
    }

    /// Holds what drift says of the changed pair against what a run says.
    fn judge(&mut self, name: &str, expected: Breaks) {
        let fleet = &self.fleet;
        let ran = fleet.trueup(&["drift", "--format", "json"]);
        let (code, report) = (ran.code, ran.json());
        let effect = &report["replications"]["offsite"];
        let said = effect["breaks"].as_str().expect("a verdict").to_owned();
        let in_sync = effect["in_sync"] == true;
        let failure = run(fleet);
        let mut wrong = Vec::new();
        if said != expected.name() {
            wrong.push(format!("drift says {said}, expected {}", expected.name()));
        }
        match &failure {
            Some(text) if said == "no" || in_sync || code == 0 => {
                wrong.push(format!("called fine, but the run says: {text}"));
            }
            None if said == "yes" => wrong.push("called broken, but the run works".into()),
            _ => {}
        }
        if said != "no" && (code != 2 || in_sync) {
            wrong.push(format!("exit {code}, in sync: {in_sync}"));
        }
        let items = report["items"].as_array().expect("items");
        if said != "no" && items.iter().all(|item| item["why"].is_null()) {
            wrong.push("no item says why".into());
        }
        self.wrong.extend(wrong.into_iter().map(|it| format!("{name}: {it}")));
    }

    fn put_back(&self) {
        let fleet = &self.fleet;
        fleet.call("chicago", "ssh.update", json!([{ "options": "" }]));
        set_permissions(fleet, "/mnt/backup/home", json!({ "mode": "755" }));
        set_permissions(fleet, super::HOME, json!({ "mode": "700" }));
        self.group("asking", json!({ "sudo_commands": [], "sudo_commands_nopasswd": [] }));
        self.group("granting", json!({ "sudo_commands": [], "sudo_commands_nopasswd": [] }));
        set_account(
            fleet,
            json!({
                "sshpubkey": self.key, "shell": "/usr/bin/bash", "locked": false,
                "sudo_commands": [], "sudo_commands_nopasswd": ["/usr/sbin/zfs"],
                "groups": self.groups,
            }),
        );
    }

    /// Writes the key file; `KEY` stands for the replication's key.
    fn key_file(&self, text: &str) {
        set_account(&self.fleet, json!({ "sshpubkey": text.replace("KEY", &self.key) }));
    }

    fn group(&self, name: &str, changes: Value) {
        self.fleet.with_system("chicago", |system| {
            let groups = &mut system.accounts.groups;
            let group = groups.values_mut().find(|group| group.name == name).expect("a group");
            let list = |name: &str| {
                let members = changes[name].as_array().into_iter().flatten();
                members.map(|it| it.as_str().expect("a command").to_owned()).collect()
            };
            group.sudo_commands = list("sudo_commands");
            group.sudo_commands_nopasswd = list("sudo_commands_nopasswd");
        });
    }

    /// Puts the account into groups, by name.
    fn join(&self, names: &[&str]) {
        let groups = self.fleet.call("chicago", "group.query", json!([[["name", "in", names]]]));
        let mut ids = self.groups.as_array().expect("groups").clone();
        ids.extend(groups.as_array().expect("groups").iter().map(|group| group["id"].clone()));
        set_account(&self.fleet, json!({ "groups": ids }));
    }

    fn finish(self) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}

/// What a run of the replication says; `None`: it came as far as it can without a snapshot.
fn run(fleet: &Fleet) -> Option<String> {
    let task = json!([{
        "direction": "PUSH", "transport": "SSH", "sudo": true, "recursive": false,
        "ssh_credentials": credential(fleet, "chicago")["id"], "source_datasets": ["tank/data"],
        "target_dataset": "backup/boston", "also_include_naming_schema": ["a-%Y-%m-%d_%H-%M"],
        "retention_policy": "NONE", "readonly": "IGNORE", "retries": 1, "only_from_scratch": true,
    }]);
    let id = fleet.call("boston", "replication.run_onetime", task);
    let ended = |job: &Value| {
        ["SUCCESS", "FAILED", "ABORTED"].contains(&job["state"].as_str().unwrap_or(""))
    };
    let job = std::cell::RefCell::new(Value::Null);
    fleet.wait_until("the run ends", || {
        let jobs = fleet.call("boston", "core.get_jobs", json!([[["id", "=", id]]]));
        *job.borrow_mut() = jobs[0].clone();
        ended(&job.borrow())
    });
    let error = job.borrow()["error"].as_str().unwrap_or_default().to_owned();
    (!error.contains("already exists")).then_some(error)
}

#[test]
fn key_lines() {
    let mut pair = Pair::new();
    for (text, expected) in [
        ("KEY", No),
        ("# ours\nKEY comment", No),
        ("restrict KEY", No),
        ("restrict,pty KEY", No),
        ("environment=\"A=b\" KEY", No),
        ("expiry-time=\"20991231\" KEY", No),
        ("from=\"*\" KEY", No),
        ("from=\"192.0.2.1\" KEY", Unknown),
        ("from=\"127.0.0.1\" KEY", Unknown),
        ("command=\"/bin/true\" KEY", Yes),
        ("restrict,command=\"echo hello\" KEY", Yes),
        ("command=\"/usr/local/bin/wrapper\" KEY", Unknown),
        ("expiry-time=\"20200101\" KEY", Yes),
        ("expiry-time=\"20200101Z\" KEY", Yes),
        ("expiry-time=\"soon\" KEY", Yes),
        ("cert-authority KEY", Yes),
        ("principals=\"replicator\" KEY", Yes),
        ("bogus KEY", Yes),
        ("no_pty KEY", Yes),
        ("restrict=yes KEY", Yes),
        ("from='127.0.0.1' KEY", Yes),
        ("from=\u{201c}127.0.0.1\u{201d} KEY", Yes),
        ("chicago.example.net KEY", Yes),
        ("command=\"/bin/true KEY", Yes),
        ("cert-authority KEY\nKEY", No),
        ("bogus KEY\nrestrict KEY", No),
        (super::FOREIGN, Yes),
    ] {
        pair.key_file(text);
        pair.check(text, expected);
    }
    for blank in ["\u{a0}", "\u{2003}", "\u{b}", "\u{c}"] {
        pair.key_file(&pair.key.replacen(' ', blank, 1));
        pair.check(&format!("{blank:?} between the words"), Yes);
    }
    pair.finish();
}

#[test]
fn options_of_the_ssh_service() {
    let mut pair = Pair::new();
    for (options, expected) in [
        ("# nothing", No),
        ("ClientAliveInterval 30", No),
        ("AllowUsers root", Yes),
        ("AllowUsers root replicator", No),
        ("AllowUsers rep*", No),
        ("AllowUsers root\nAllowUsers replicator", No),
        ("AllowUsers replicator@192.0.2.1", Unknown),
        ("DenyUsers replicator", Yes),
        ("DenyUsers r?plicator", Yes),
        ("DenyUsers somebody", No),
        ("DenyGroups replicator", Yes),
        ("AllowGroups admins", Yes),
        ("AllowGroups admins repl*", No),
        ("AuthorizedKeysFile /etc/x", Unknown),
        ("AuthorizedKeysFile none", Yes),
        ("AuthorizedKeysFile .ssh/authorized_keys /etc/x", No),
        ("AuthorizedKeysFile %h/.ssh/authorized_keys", No),
        ("PubkeyAuthentication no", No),
        ("Match User replicator\n  PubkeyAuthentication no", Yes),
        ("Match User root\n  PubkeyAuthentication no", No),
        ("Match User replicator\n  ForceCommand /bin/true", Yes),
        ("Match User replicator\n  ForceCommand none", No),
        ("Match Group replicator\n  ForceCommand internal-sftp", Yes),
        ("Match User !replicator,*\n  ForceCommand /bin/true", No),
        ("Match Address 192.0.2.0/24\n  DenyUsers replicator", Unknown),
        ("Match all\n  DenyUsers replicator", Yes),
        ("ForceCommand /usr/local/bin/wrapper", Unknown),
        ("PubkeyAcceptedKeyTypes ssh-rsa", Yes),
        ("PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-512", No),
        ("PubkeyAcceptedAlgorithms -ssh-ed25519", Yes),
        ("PubkeyAcceptedAlgorithms +ssh-rsa", No),
        ("AuthenticationMethods publickey", No),
        ("AuthenticationMethods publickey,password", Unknown),
        ("Match User replicator\n  AuthenticationMethods publickey,password", Yes),
        ("NonsenseKeyword yes", Unknown),
        ("Match Nonsense x", Unknown),
        ("StrictModes no", No),
        // One of the source's two clients offers nothing of these.
        ("Ciphers 3des-cbc", Unknown),
        ("Ciphers chacha20-poly1305@openssh.com", Unknown),
        ("Ciphers aes256-gcm@openssh.com", No),
        ("KexAlgorithms diffie-hellman-group1-sha1", Unknown),
        ("KexAlgorithms +diffie-hellman-group1-sha1", No),
        ("HostKeyAlgorithms ssh-rsa", Unknown),
        ("HostKeyAlgorithms ssh-ed25519,rsa-sha2-512", No),
        ("MACs hmac-md5", Unknown),
        ("MaxAuthTries 0", Unknown),
        ("MaxAuthTries 1", No),
    ] {
        pair.fleet.call("chicago", "ssh.update", json!([{ "options": options }]));
        pair.check(options, expected);
    }
    // Where an account may log in with a password, TrueNAS writes a `Match` block in front.
    let administrator = json!([[["username", "=", "truenas_admin"]]]);
    let id = pair.fleet.call("chicago", "user.query", administrator)[0]["id"].clone();
    let password = json!([id, { "password": "simulated-only", "password_disabled": false, "ssh_password_enabled": true }]);
    pair.fleet.call("chicago", "user.update", password);
    pair.fleet.call(
        "chicago",
        "ssh.update",
        json!([{ "passwordauth": true, "options": "DenyUsers replicator" }]),
    );
    pair.check("options below the administrator's `Match` block", No);
    pair.finish();
}

#[test]
fn directories_and_shells() {
    let mut pair = Pair::new();
    for (path, mode, expected) in [
        ("/mnt/backup/home", "700", Yes),
        ("/mnt/backup/home", "750", Yes),
        ("/mnt/backup/home", "711", No),
        ("/mnt/backup/home", "777", No),
        (super::HOME, "755", No),
        (super::HOME, "777", Yes),
        (super::HOME, "770", No),
        (super::HOME, "600", Yes),
    ] {
        set_permissions(&pair.fleet, path, json!({ "mode": mode }));
        pair.check(&format!("{path} {mode}"), expected);
    }
    pair.fleet.call("chicago", "ssh.update", json!([{ "options": "StrictModes no" }]));
    set_permissions(&pair.fleet, super::HOME, json!({ "mode": "777" }));
    pair.check("StrictModes no, home 777", No);
    for (shell, expected) in [
        ("/usr/bin/zsh", No),
        ("/usr/bin/dash", No),
        ("/usr/bin/tmux", No),
        ("/usr/bin/rbash", No),
        ("/usr/sbin/nologin", Yes),
    ] {
        set_account(&pair.fleet, json!({ "shell": shell }));
        pair.check(shell, expected);
    }
    set_account(&pair.fleet, json!({ "locked": true }));
    pair.check("locked", No);
    pair.finish();
}

#[test]
fn sudo_rules() {
    let mut pair = Pair::new();
    for (with_password, no_password, expected) in [
        (json!([]), json!(["ALL"]), No),
        (json!([]), json!(["/usr/sbin/zfs"]), No),
        (json!([]), json!(["/sbin/zfs"]), No),
        (json!([]), json!(["/usr/sbin/"]), No),
        (json!([]), json!(["/usr/sbin/*"]), No),
        (json!([]), json!(["/usr/*bin/zfs"]), No),
        (json!([]), json!(["/usr/sbin/zfs *"]), No),
        (json!(["ALL"]), json!(["/usr/sbin/zfs"]), No),
        (json!([]), json!([]), Yes),
        (json!(["ALL"]), json!([]), Yes),
        (json!([]), json!(["/usr/bin/"]), Yes),
        (json!([]), json!(["/usr/sbin/zfs receive *"]), Yes),
        (json!([]), json!(["/usr/sbin/zfs list *"]), Yes),
        (json!([]), json!(["/usr/sbin/zfs ^(get$"]), Unknown),
    ] {
        let name = format!("with password {with_password}, without {no_password}");
        let lists =
            json!({ "sudo_commands": with_password, "sudo_commands_nopasswd": no_password });
        set_account(&pair.fleet, lists);
        pair.check(&name, expected);
    }
    for entry in
        ["ALL", "/usr/sbin/zfs *", "/usr/sbin/", "/usr/sbin/*", "/sbin/zfs", "/usr/*bin/zfs"]
    {
        pair.group("asking", json!({ "sudo_commands": [entry] }));
        pair.join(&["asking"]);
        pair.check(&format!("a group asks for a password: {entry}"), Yes);
        pair.group("asking", json!({ "sudo_commands": [entry] }));
        pair.group("granting", json!({ "sudo_commands_nopasswd": ["/usr/sbin/zfs"] }));
        pair.join(&["asking", "granting"]);
        pair.check(&format!("a later group grants it again: {entry}"), No);
    }
    pair.group("asking", json!({ "sudo_commands": ["/usr/bin/ls"] }));
    pair.join(&["asking"]);
    pair.check("a group asks for a password for something else", No);
    pair.finish();
}

/// A key file that is a link, and a `.ssh` that is a file.
#[test]
fn key_files_that_are_something_else() {
    const KEYS: &str = "/mnt/backup/home/replicator/.ssh/authorized_keys";
    let mut pair = Pair::new();
    let own = pair.fleet.with_system("chicago", |system| system.files.get(KEYS).cloned());
    let own = own.expect("the key file");
    let put = |pair: &Pair, path: &str, node: Node| {
        pair.fleet.with_system("chicago", |system| {
            system.files.remove(path);
            system.files.put(path, node);
        });
    };
    put(&pair, "/root/.ssh/authorized_keys", Node::file("", 0o600));
    put(&pair, KEYS, Node::link("/root/.ssh/authorized_keys"));
    pair.judge("a link into /root", Yes);
    put(&pair, KEYS, Node::link("/root/.ssh/nothing"));
    pair.judge("a link that leads nowhere", Yes);
    put(&pair, "/mnt/backup/home/replicator/kept", own.clone());
    put(&pair, KEYS, Node::link("../kept"));
    pair.judge("a link within the home", Unknown);
    put(&pair, "/mnt/backup/home/replicator/.ssh", own);
    pair.judge(".ssh is a file", Yes);
    pair.finish();
}

/// An accepted difference is not repaired by accepting it.
#[test]
fn accepted_difference_still_breaks() {
    let fleet = applied("quickstart");
    let accepted = "accept_drift:\n  - { address: chicago/ssh_service, field: running, until: 2999-12-31, reason: moved away }\n\nreplications:";
    super::changed_example(&fleet, "quickstart", &[("replications:", accepted)]);
    fleet.job("chicago", "service.control", json!(["STOP", "ssh", {}]));
    let drift = fleet.trueup(&["drift", "--format", "json"]).exits(2).json();
    assert_eq!(drift["replications"]["offsite"], json!({ "in_sync": false, "breaks": "yes" }));
    let text = fleet.trueup(&["apply", "--yes"]).exits(3).stdout;
    assert!(!text.contains("`trueup apply` starts it"), "{text}");
    assert!(text.contains("take the entry out of"), "{text}");
}
