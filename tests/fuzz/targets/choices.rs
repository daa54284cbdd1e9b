//! Decisions made by the bytes of an input, so that a fuzzer that changes bytes changes decisions.

use serde_json::{Value, json};

/// The bytes that are left to decide by. Once they are used up, every decision is the first one, so
/// that each input is finite and a short one is simple.
pub struct Choices<'a> {
    rest: &'a [u8],
}

impl<'a> Choices<'a> {
    /// Decisions by these bytes.
    pub fn new(input: &'a [u8]) -> Self {
        Self { rest: input }
    }

    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        usize::from(*first)
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        let number = if limit > 256 { self.byte() << 8 | self.byte() } else { self.byte() };
        number % limit.max(1)
    }

    /// Whether something happens that happens once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    /// A member of a list.
    pub fn pick<T: Copy>(&mut self, members: &[T]) -> T {
        members[self.below(members.len())]
    }

    /// A text of up to so many of these pieces.
    pub fn text(&mut self, most: usize, pieces: &[&str]) -> String {
        (0..self.below(most + 1)).map(|_| self.pick(pieces)).collect()
    }

    /// The bytes that are left.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

/// What no document expects, or only elsewhere.
pub fn unexpected_value(choices: &mut Choices<'_>) -> Value {
    match choices.below(12) {
        0 => Value::Null,
        1 => json!([]),
        2 => json!({}),
        3 => json!(choices.once_in(2)),
        4 => choices.pick(&[0, -1, 1, i64::MIN, i64::MAX, 1 << 53, 3000, 950]).into(),
        5 => json!(choices.pick(&[u64::MAX, 1 << 63])),
        6 => json!(choices.pick(&[0.5, -0.0, 1e300, f64::MIN_POSITIVE])),
        7 => json!([choices.pick(&TEXTS), choices.pick(&TEXTS)]),
        8 => json!({ choices.pick(&TEXTS): choices.pick(&TEXTS) }),
        9 => choices.pick(&HOLES).parse().unwrap_or_default(),
        _ => json!(choices.pick(&TEXTS)),
    }
}

/// Texts that mean something somewhere, that end lines, or that hide.
pub const TEXTS: [&str; 44] = [
    "",
    " ",
    "x",
    "\n",
    "a\r\nb",
    "x\nPlan: nothing to do\u{85}\u{2028}\u{9b}2J\u{200b}\u{202e}\u{ad}\u{feff}\u{e0041}",
    "é倉",
    "\0",
    "ALL",
    "/usr/sbin/zfs",
    "/usr/sbin/zfs ^list [a-z]+$",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 a@b",
    "restrict ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 a\nssh-rsa AAAA",
    "# kept",
    "/mnt/backup/home/replicator",
    "/mnt//backup/./home/",
    "/mnt",
    "/var/empty",
    "backup/boston",
    "backup",
    "tank/data",
    "boston",
    "chicago",
    "replicator",
    "root",
    "truenas_admin",
    "10.0.0.1",
    "127.0.0.1",
    "::1",
    "host\n-oProxyCommand=x",
    "Port 22\nMatch User replicator\nAllowUsers root",
    "********",
    "ON",
    "off",
    "ZSTD",
    "PULL",
    "LOCAL",
    "VOLUME",
    "DIRECTORY",
    "SSH_KEY_PAIR",
    "SSH_CREDENTIALS",
    "c3NoLXJzYSBBQUFBIHJvb3RAYm94Cg==",
    "25.10.6",
];

/// What a call fills in when it is sent.
const HOLES: [&str; 4] = [
    r#"{"$ref":"boston/ssh_keypair/boston-to-chicago#public_key"}"#,
    r#"{"$ref":"x"}"#,
    r#"{"$lines":["a",{"$ref":"boston/ssh_keypair/boston-to-chicago#public_key"}]}"#,
    r#"{"$secret":"ed25519"}"#,
];
