//! Generates logins: one subject each, or all of them together.

use std::net::Ipv4Addr;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::keys::{self, PublicKeys};
use super::{ACCOUNT, BASE, ClientKey, Group, HOME, LoginCase, Node, NodeKind, Owner, config};

const DIRECTORY_MODES: &[u32] = &[
    0o700, 0o755, 0o750, 0o770, 0o775, 0o777, 0o1777, 0o1775, 0o2755, 0o2775, 0o2700, 0o711, 0o701,
    0o500, 0o000, 0o707, 0o702, 0o720, 0o4755, 0o050, 0o005,
];
const FILE_MODES: &[u32] = &[
    0o600, 0o644, 0o640, 0o660, 0o664, 0o666, 0o400, 0o444, 0o000, 0o620, 0o602, 0o604, 0o040,
    0o004, 0o755, 0o1600, 0o4600,
];
const OWNERS: [Owner; 4] = [Owner::Account, Owner::Root, Owner::Root, Owner::Other];
const GROUPS: [Group; 5] = [Group::Own, Group::Root, Group::Shared, Group::Solo, Group::Empty];

/// A login. The public keys are those of the client.
pub fn login(rng: &mut StdRng, public: &PublicKeys) -> LoginCase {
    let mut case = plain(public);
    match rng.random_range(0..10) {
        0..4 => set_keys(&mut case, keys::file(rng, public)),
        4..6 => change_files(rng, &mut case),
        6..9 => configure(rng, &mut case),
        _ => {
            set_keys(&mut case, keys::file(rng, public));
            change_files(rng, &mut case);
            configure(rng, &mut case);
        }
    }
    if rng.random_ratio(1, 5) {
        case.client =
            *[[127, 0, 0, 7], [127, 9, 9, 9]].map(Ipv4Addr::from).choose(rng).expect("one");
    }
    if rng.random_ratio(1, 50) {
        case.password_field = ["!", "!!", "!*"].choose(rng).expect("one");
    }
    case
}

/// The login of an account that nothing is wrong with.
fn plain(public: &PublicKeys) -> LoginCase {
    let keys = format!("{}\n", public.own).into_bytes();
    LoginCase {
        nodes: vec![
            directory(HOME, 0o700),
            directory("home/.ssh", 0o700),
            file("home/.ssh/authorized_keys", keys),
        ],
        options: String::new(),
        key: ClientKey::Ed25519,
        client: Ipv4Addr::LOCALHOST,
        password_field: "*",
    }
}

fn directory(path: &str, mode: u32) -> Node {
    let (owner, group) = (Owner::Account, Group::Own);
    Node { path: path.to_owned(), kind: NodeKind::Directory, mode, owner, group }
}

fn file(path: &str, content: Vec<u8>) -> Node {
    Node { kind: NodeKind::File(content), ..directory(path, 0o600) }
}

fn link(path: &str, target: &str) -> Node {
    Node { kind: NodeKind::Link(target.to_owned()), ..directory(path, 0o777) }
}

fn keys_of(case: &LoginCase) -> Vec<u8> {
    case.nodes
        .iter()
        .find_map(|node| match &node.kind {
            NodeKind::File(content) => Some(content.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

fn set_keys(case: &mut LoginCase, content: Vec<u8>) {
    for node in &mut case.nodes {
        if let NodeKind::File(old) = &mut node.kind {
            old.clone_from(&content);
        }
    }
}

/// Changes the shape of the home, and modes and owners.
fn change_files(rng: &mut StdRng, case: &mut LoginCase) {
    let keys = keys_of(case);
    match rng.random_range(0..24) {
        0 => case.nodes.truncate(2),
        1 => case.nodes.truncate(1),
        2 => case.nodes.clear(),
        3 => case.nodes = vec![directory(HOME, 0o700), file("home/.ssh", keys)],
        4 => {
            case.nodes.truncate(2);
            case.nodes.push(directory("home/.ssh/authorized_keys", 0o700));
        }
        5 => case.nodes[2].path.push('2'),
        6 => {
            case.nodes = vec![
                directory("elsewhere", 0o700),
                directory("elsewhere/.ssh", 0o700),
                file("elsewhere/.ssh/authorized_keys", keys),
                link(HOME, "elsewhere"),
            ];
        }
        7 => {
            case.nodes = vec![
                directory(HOME, 0o700),
                directory("keys", 0o700),
                file("keys/authorized_keys", keys),
                link("home/.ssh", "../keys"),
            ];
        }
        8 => {
            case.nodes = vec![
                directory(HOME, 0o700),
                directory("home/.ssh", 0o700),
                directory("keys", 0o755),
                file("keys/file", keys),
                link("home/.ssh/authorized_keys", &format!("{BASE}/keys/file")),
            ];
        }
        9 => {
            case.nodes = vec![
                directory(HOME, 0o700),
                directory("home/.ssh", 0o700),
                file("home/keys", keys),
                link("home/.ssh/authorized_keys", "../keys"),
            ];
        }
        10 => {
            case.nodes.truncate(2);
            let target = ["nothing", "authorized_keys", "/dev/null"].choose(rng).expect("one");
            case.nodes.push(link("home/.ssh/authorized_keys", target));
        }
        _ => {}
    }
    let changes = rng.random_range(0..=2);
    for _ in 0..changes {
        change_one(rng, &mut case.nodes);
    }
}

fn change_one(rng: &mut StdRng, nodes: &mut [Node]) {
    if nodes.is_empty() {
        return;
    }
    let place = rng.random_range(0..nodes.len());
    let node = &mut nodes[place];
    let modes = match node.kind {
        NodeKind::Directory => DIRECTORY_MODES,
        NodeKind::File(_) => FILE_MODES,
        NodeKind::Link(_) => return,
    };
    match rng.random_range(0..4) {
        0 => node.mode = *modes.choose(rng).expect("one"),
        1 => node.owner = *OWNERS.choose(rng).expect("one"),
        2 => {
            node.group = *GROUPS.choose(rng).expect("one");
            node.mode = *modes.choose(rng).expect("one");
        }
        _ => {
            node.owner = *OWNERS.choose(rng).expect("one");
            node.group = *GROUPS.choose(rng).expect("one");
            node.mode = *modes.choose(rng).expect("one");
        }
    }
}

/// Gives the service options, and the client a key that they may be about.
fn configure(rng: &mut StdRng, case: &mut LoginCase) {
    case.options = config::options(rng);
    if case.options.contains("Accepted") && rng.random_ratio(1, 2) {
        case.key = *[ClientKey::RsaSha256, ClientKey::RsaSha512].choose(rng).expect("one");
    }
    if case.options.contains(BASE) {
        let keys = keys_of(case);
        let path = format!("keys/{ACCOUNT}");
        case.nodes.extend([directory("keys", 0o755), file(&path, keys)]);
        let owner = *OWNERS.choose(rng).expect("one");
        for node in case.nodes.iter_mut().filter(|node| node.path.starts_with("keys")) {
            node.owner = owner;
            if rng.random_ratio(1, 4) {
                node.mode |=
                    *[0o044, 0o022, 0o020, 0o002, 0o1002, 0o2020].choose(rng).expect("one");
            }
        }
        if rng.random_ratio(1, 2) {
            case.nodes.retain(|node| node.path != "home/.ssh/authorized_keys");
        }
    }
}
