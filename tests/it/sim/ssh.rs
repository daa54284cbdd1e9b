//! The SSH server, with OpenSSH's own clients.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;
use trueup_sim::Running;
use trueup_sim::ready::Address;
use trueup_sim::system::System;
use trueup_sim::system::files::{Content, Node};

use super::one;

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    status: i32,
    out: String,
    err: String,
}

impl Ended {
    fn well(out: &str) -> Self {
        Self { status: 0, out: out.to_owned(), err: String::new() }
    }
}

/// A folder with keys and what is known of the host.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Makes a key pair; gives its public half.
    fn key(&self, name: &str, kind: &str) -> String {
        let path = self.path(name);
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", kind, "-N", "", "-C", name, "-f"])
            .arg(&path)
            .status();
        assert!(made.expect("ssh-keygen").success());
        fs::read_to_string(path.with_extension("pub")).expect("a key").trim().to_owned()
    }

    /// Writes down what the system itself says of its host keys.
    fn know(&self, box_: &Running, address: &Address) {
        let lines = host_keys(box_);
        let host = format!("[{}]:{}", address.ssh_host, address.ssh_port);
        let known: String = lines.iter().map(|line| format!("{host} {line}\n")).collect();
        fs::write(self.path("known"), known).expect("written");
    }

    /// Runs a command over SSH.
    async fn ssh(&self, address: &Address, key: &str, user: &str, words: &[&str]) -> Ended {
        let mut command = Command::new("ssh");
        command.args(["-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"]);
        command.args(["-o", "IdentityAgent=none", "-o", "StrictHostKeyChecking=yes"]);
        command.args(["-o", "LogLevel=ERROR", "-p", &address.ssh_port.to_string()]);
        command.arg("-o").arg(format!("UserKnownHostsFile={}", self.path("known").display()));
        command.arg("-i").arg(self.path(key)).arg(format!("{user}@{}", address.ssh_host));
        command.args(words);
        run(command).await
    }
}

async fn run(mut command: Command) -> Ended {
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("it ends").expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\r', "");
    Ended {
        status: output.status.code().unwrap_or(-1),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// The public host keys in `ssh.config`, two words each.
fn host_keys(box_: &Running) -> Vec<String> {
    let config = box_.with_system("box", |system| system.ssh.config()).expect("a system");
    let key = |kind: &str| {
        let column = config[format!("host_{kind}_key_pub")].as_str().expect("a key").to_owned();
        let line = String::from_utf8(STANDARD.decode(column).expect("base64")).expect("text");
        line.split(' ').take(2).collect::<Vec<_>>().join(" ")
    };
    ["ecdsa", "ed25519", "rsa"].map(key).to_vec()
}

/// A system whose users `link` and `other` have that key.
async fn with_key(public: &str, more: &str) -> Running {
    one(
        "25.10.6",
        &format!(
            "    pools: {{ tank: {{}} }}\n    \
             datasets: {{ tank/data: {{}}, tank/home: {{}} }}\n    \
             ssh: {{ running: true }}\n    \
             users:\n      \
             link: {{ uid: 5101, home: /mnt/tank/home/link, shell: /usr/bin/bash, sshpubkey: '{public}' }}\n      \
             other: {{ uid: 5102, home: /mnt/tank/home/other, shell: /usr/bin/zsh, sshpubkey: '{public}' }}\n{more}"
        ),
    )
    .await
}

const REFUSED: &str = "Permission denied (publickey).\n";

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_every_kind_get_in_and_others_do_not() {
    let desk = Desk::new();
    let kinds = ["ed25519", "rsa", "ecdsa"];
    let public: Vec<String> = kinds.iter().map(|kind| desk.key(kind, kind)).collect();
    desk.key("stranger", "ed25519");
    let running = with_key(&public.join("\\n").replace("\\n", "\n\n       "), "").await;
    let address = &running.systems()[0];
    desk.know(&running, address);
    for kind in kinds {
        let ended = desk.ssh(address, kind, "link", &["whoami"]).await;
        assert_eq!(ended, Ended::well("link\n"), "{kind}");
    }
    for (key, user) in [("stranger", "link"), ("ed25519", "root"), ("ed25519", "nobodyhere")] {
        let ended = desk.ssh(address, key, user, &["true"]).await;
        assert_eq!(ended.status, 255, "{key} {user}");
        assert!(ended.err.ends_with(REFUSED), "{key} {user}: {}", ended.err);
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ssh_keyscan_sees_the_keys_of_ssh_config() {
    let running = with_key("", "").await;
    let address = &running.systems()[0];
    let mut scan = Command::new("ssh-keyscan");
    scan.args(["-T", "20", "-p", &address.ssh_port.to_string(), &address.ssh_host]);
    let ended = run(scan).await;
    let lines = ended.out.lines().filter(|line| !line.starts_with('#'));
    let mut seen: Vec<&str> = lines.map(|line| line.split_once(' ').expect("a host").1).collect();
    seen.sort_unstable();
    assert_eq!(seen, host_keys(&running));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_run_as_on_a_real_system() {
    let desk = Desk::new();
    let public = desk.key("key", "ed25519");
    let running = with_key(&public, "").await;
    let address = &running.systems()[0];
    desk.know(&running, address);
    let wrapped = "sh -c 'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin zfs list -t filesystem,volume -H -o name -s name -r 2>&1'";
    for (user, command, status, out, err) in [
        ("link", wrapped, 0, "tank\ntank/data\ntank/home\n", ""),
        (
            "link",
            "zfs get -H -p -t filesystem,volume type,encryption tank/data",
            0,
            "tank/data\ttype\tfilesystem\t-\ntank/data\tencryption\toff\t-\n",
            "",
        ),
        (
            "link",
            "zfs list -H -o name tank/none",
            1,
            "",
            "cannot open 'tank/none': dataset does not exist\n",
        ),
        ("link", "zfs create tank/x", 1, "", "cannot create 'tank/x': permission denied\n"),
        ("link", "id", 0, "uid=5101(link) gid=5101(link) groups=5101(link)\n", ""),
        ("link", "nonsense", 127, "", "bash: line 1: nonsense: command not found\n"),
        ("other", "nonsense", 127, "", "zsh:1: command not found: nonsense\n"),
        ("link", "sh -c nonsense", 127, "", "sh: 1: nonsense: not found\n"),
        ("link", "false || echo \"$USER $?\"", 0, "link 1\n", ""),
        ("link", "exit 7", 7, "", ""),
    ] {
        let ended = desk.ssh(address, "key", user, &[command]).await;
        let expected = Ended { status, out: out.to_owned(), err: err.to_owned() };
        assert_eq!(ended, expected, "{command}");
    }
    let ended = desk.ssh(address, "key", "link", &["zfs", "list"]).await;
    let table =
        "NAME       USED  AVAIL  REFER  MOUNTPOINT\ntank       288K   100G    96K  /mnt/tank\n";
    assert!(ended.out.starts_with(table), "{}", ended.out);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sudo_goes_by_the_last_rule() {
    let desk = Desk::new();
    let public = desk.key("key", "ed25519");
    let running = with_key(&public, "    groups: { askers: { users: [link] } }\n").await;
    let address = &running.systems()[0];
    desk.know(&running, address);
    let refused =
        Ended { status: 1, out: String::new(), err: "sudo: a password is required\n".to_owned() };
    let allowed = Ended::well("tank\n");
    let zfs = "/usr/sbin/zfs";
    for (own_asking, own, group_asking, group, works) in [
        ("", "", "", "", false),
        ("", zfs, "", "", true),
        ("", "ALL", "", "", true),
        (zfs, zfs, "", "", true),
        ("ALL", "", "", "", false),
        ("", zfs, "ALL", "", false),
        ("", "", "", zfs, true),
        ("", "ALL", zfs, "", false),
        ("", "/usr/sbin/zfs get *", "", "", false),
        ("", "/usr/sbin/zfs ^list .*$", "", "", true),
    ] {
        running.with_system("box", |system| {
            let list = |rule: &str| Vec::from_iter((!rule.is_empty()).then(|| rule.to_owned()));
            let user = system.accounts.user_mut("link").expect("the user");
            (user.sudo_commands, user.sudo_commands_nopasswd) = (list(own_asking), list(own));
            let id = system.accounts.group("askers").expect("the group").id;
            let askers = system.accounts.groups.get_mut(&id).expect("the group");
            (askers.sudo_commands, askers.sudo_commands_nopasswd) =
                (list(group_asking), list(group));
        });
        let words = ["sudo", "-n", "zfs", "list", "-H", "-o", "name", "tank"];
        let ended = desk.ssh(address, "key", "link", &words).await;
        let expected = if works { &allowed } else { &refused };
        assert_eq!(ended, *expected, "{own_asking:?} {own:?} {group_asking:?} {group:?}");
    }
    let ended = desk.ssh(address, "key", "other", &["sudo zfs list"]).await;
    assert!(ended.err.starts_with("sudo: a terminal is required"), "{}", ended.err);
    running.stop().await;
}

/// What is done to the home of `link`, and whether sshd still takes its key.
type Change = (&'static str, fn(&mut System), bool);

fn chmod(system: &mut System, below: &str, mode: u32) {
    let path = format!("/mnt/tank/home/link{below}");
    system.files.get_mut(&path).expect("a path").mode = mode;
}

fn chown(system: &mut System, below: &str, uid: u32, gid: u32) {
    let path = format!("/mnt/tank/home/link{below}");
    let node = system.files.get_mut(&path).expect("a path");
    (node.uid, node.gid) = (uid, gid);
}

const KEYS: &str = "/.ssh/authorized_keys";

/// Moves the key file away, as root's own, and leaves a link to it.
fn link_keys(system: &mut System, target: &str) {
    let path = format!("/mnt/tank/home/link{KEYS}");
    let keys = system.files.get(&path).and_then(Node::text).expect("keys").to_owned();
    system.files.put(target, Node::file(keys, 0o644));
    system.files.put(&path, Node::link(target));
}

/// `replication-failures.md` A4 and A17, and the scenario `links`.
const STRICT_MODES: &[Change] = &[
    ("as made", |_| {}, true),
    ("home 755", |it| chmod(it, "", 0o755), true),
    ("home 777", |it| chmod(it, "", 0o777), false),
    ("home 775, its own group", |it| chmod(it, "", 0o775), true),
    (
        "home 775, another group",
        |it| {
            chmod(it, "", 0o775);
            chown(it, "", 5101, 950)
        },
        false,
    ),
    (
        "home 775, own group with others in it",
        |it| {
            chmod(it, "", 0o775);
            let group = it.accounts.user("link").expect("the user").group;
            it.accounts.user_mut("other").expect("the user").groups.push(group);
        },
        false,
    ),
    (
        "home root's, 755",
        |it| {
            chmod(it, "", 0o755);
            chown(it, "", 0, 0)
        },
        true,
    ),
    (
        "home root's, 700",
        |it| {
            chmod(it, "", 0o700);
            chown(it, "", 0, 0)
        },
        false,
    ),
    (
        "home somebody else's, 755",
        |it| {
            chmod(it, "", 0o755);
            chown(it, "", 5102, 5102)
        },
        false,
    ),
    (".ssh 770, its own group", |it| chmod(it, "/.ssh", 0o770), true),
    (".ssh 707", |it| chmod(it, "/.ssh", 0o707), false),
    (
        ".ssh somebody else's",
        |it| {
            chmod(it, "/.ssh", 0o755);
            chown(it, "/.ssh", 5102, 5102)
        },
        false,
    ),
    ("file 644", |it| chmod(it, KEYS, 0o644), true),
    ("file 666", |it| chmod(it, KEYS, 0o666), false),
    ("file somebody else's, 600", |it| chown(it, KEYS, 5102, 5102), false),
    (
        "file somebody else's, 644",
        |it| {
            chmod(it, KEYS, 0o644);
            chown(it, KEYS, 5102, 5102)
        },
        false,
    ),
    (
        "file root's, 644",
        |it| {
            chmod(it, KEYS, 0o644);
            chown(it, KEYS, 0, 0)
        },
        true,
    ),
    (
        "above the home 777",
        |it| it.files.get_mut("/mnt/tank/home").expect("a path").mode = 0o777,
        true,
    ),
    (
        "above the home 700",
        |it| it.files.get_mut("/mnt/tank/home").expect("a path").mode = 0o700,
        false,
    ),
    ("a link to a file of root's", |it| link_keys(it, "/data/keys"), true),
    ("a link into root's home", |it| link_keys(it, "/root/keys"), false),
    (
        "a link into a directory that everybody may write to",
        |it| link_keys(it, "/var/tmp/keys"),
        false,
    ),
    ("no file", |it| it.files.remove("/mnt/tank/home/link/.ssh"), false),
    ("locked", |it| it.accounts.user_mut("link").expect("the user").locked = true, true),
    (
        "shell missing",
        |it| it.accounts.user_mut("link").expect("the user").shell = "/usr/bin/fish".into(),
        false,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn strict_modes_are_debians() {
    let desk = Desk::new();
    let public = desk.key("key", "ed25519");
    let running = with_key(&public, "").await;
    let address = &running.systems()[0];
    desk.know(&running, address);
    let fresh = running.with_system("box", |system| system.clone()).expect("a system");
    for (what, change, works) in STRICT_MODES {
        running.with_system("box", |system| {
            *system = fresh.clone();
            change(system);
        });
        let ended = desk.ssh(address, "key", "link", &["true"]).await;
        assert_eq!(ended.status, if *works { 0 } else { 255 }, "{what}: {}", ended.err);
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn options_of_the_service_and_of_the_key_are_carried_out() {
    let desk = Desk::new();
    let public = desk.key("key", "ed25519");
    let running = with_key(&public, "").await;
    let address = &running.systems()[0];
    desk.know(&running, address);
    let expect = async |options: &str, line: &str, command: &str, expected: Option<&str>| {
        running.with_system("box", |system| {
            system.ssh.settings.insert("options".into(), Value::from(options));
            let keys = system.files.get_mut("/mnt/tank/home/link/.ssh/authorized_keys");
            keys.expect("a file").content = Content::File(line.as_bytes().to_vec());
            system.reload_ssh();
        });
        let ended = desk.ssh(address, "key", "link", &[command]).await;
        let out = (ended.status != 255).then_some(ended.out.as_str());
        assert_eq!(out, expected, "{options} / {line}: {}", ended.err);
    };
    for (options, works) in [
        ("DenyUsers link", false),
        ("DenyUsers l*@127.0.0.1", false),
        ("DenyUsers other", true),
        ("AllowUsers other", false),
        ("AllowUsers other link", true),
        ("DenyGroups link", false),
        ("AllowGroups other", false),
        ("AuthorizedKeysFile /etc/ssh/keys/%u", false),
        ("AuthorizedKeysFile none %h/.ssh/authorized_keys", true),
        ("Match User link\n AuthenticationMethods publickey,password", false),
        // What the middleware writes itself stands above, and the first value counts.
        ("PubkeyAuthentication no", true),
        ("Match User link\nPubkeyAuthentication no", false),
        ("Match User other\nPubkeyAuthentication no", true),
        ("PubkeyAcceptedAlgorithms rsa-sha2-*", false),
        ("", true),
        ("NonsenseKeyword yes", true),
    ] {
        expect(options, &public, "echo in", works.then_some("in\n")).await;
    }
    expect("ForceCommand echo forced $SSH_ORIGINAL_COMMAND", &public, "id", Some("forced id\n"))
        .await;
    for (front, out) in [
        ("from=\"192.0.2.1\" ", None),
        ("from=\"127.0.0.0/8\" ", Some("in\n")),
        ("command=\"/usr/bin/true\" ", Some("")),
        ("restrict,command=\"echo \\\"a  b\\\"\" ", Some("a  b\n")),
        ("expiry-time=\"20200101\" ", None),
        ("cert-authority ", None),
        ("nonsense ", None),
        ("#", None),
    ] {
        expect("", &format!("{front}{public}\n"), "echo in", out).await;
    }
    running.with_system("box", |system| {
        system.accounts.user_mut("other").expect("the user").shell = "/usr/sbin/nologin".into();
    });
    let ended = desk.ssh(address, "key", "other", &["true"]).await;
    let told = "This account is currently not available.\n".to_owned();
    assert_eq!(ended, Ended { status: 1, out: told, err: String::new() });
    running.stop().await;
}

#[test]
fn the_clients_are_there() {
    for program in ["ssh", "ssh-keygen", "ssh-keyscan"] {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let found =
            std::env::split_paths(&folders).any(|folder| Path::new(&folder).join(program).exists());
        assert!(found, "`{program}` is needed: Debian's package openssh-client");
    }
}
