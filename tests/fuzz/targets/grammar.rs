//! Manifests made by decisions: most of them are right in themselves, so that they reach lowering.

use super::choices::Choices;

/// How often a value is one that its field does not take: once in so many values.
const WRONG_VALUE_ONCE_IN: usize = 96;

const SYSTEMS: [&str; 3] = ["boston", "chicago", "denver"];
const POOLS: [&str; 3] = ["tank", "backup", "ice"];
const ADMINS: [&str; 3] = ["replicator", "repl_2", "truenas_admin"];
const DATASETS: [&str; 8] =
    ["home", "boston", "data", "data/a", "data/a/b", "archive/2026", "with blank", "x:y.z-1"];
const SWITCHES: [&str; 6] = ["on", "off", "inherit", "true", "false", "\"ON\""];
const BOOLEANS: [&str; 2] = ["true", "false"];
const KEYS: [&str; 4] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 a@b",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJEVqAi8rBQmwWyIYxmOL/6wHOpkJ6ml6Dl+6pIlnbKZ",
    "restrict,from=\"10.0.0.0/8\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6",
    "ssh-ed25519\tAAAAC3NzaC1lZDI1NTE5AAAAIJEVqAi8rBQmwWyIYxmOL/6wHOpkJ6ml6Dl+6pIlnbKZ  two words ",
];

/// What hardly any field takes.
const WRONG: [&str; 14] = [
    "null",
    "~",
    "\"\"",
    "[]",
    "{}",
    "-1",
    "1e400",
    "0x7fffffffffffffffff",
    "{ env: NOT_SET }",
    "{ env: HOST }",
    "\"a\\nb\"",
    "\"\\u2028\"",
    "[a, [b]]",
    "*anchor",
];

/// The text of a manifest.
pub fn manifest(choices: &mut Choices<'_>) -> String {
    let mut text = String::from("version: 1\nsystems:\n");
    let systems = 2 + usize::from(choices.once_in(4));
    // Admins by their system, so that replications mostly lead to one that there is.
    let admins: Vec<Vec<&str>> = (0..systems).map(|at| system(at, &mut text, choices)).collect();
    let replications = choices.below(3);
    if replications > 0 {
        text.push_str("replications:\n");
    }
    for number in 0..replications {
        replication(number, &admins, &mut text, choices);
    }
    if choices.once_in(6) {
        text.push_str("accept_drift:\n");
        acceptance(&mut text, choices);
    }
    text
}

/// A value for a field, once in a while a wrong one.
fn value<'a>(values: &[&'a str], choices: &mut Choices<'_>) -> &'a str {
    let wrong = choices.once_in(WRONG_VALUE_ONCE_IN);
    if wrong { choices.pick(&WRONG) } else { choices.pick(values) }
}

/// A mapping on one line of some of these fields.
fn some_fields(fields: &[(&str, &[&str])], choices: &mut Choices<'_>) -> String {
    let mut chosen = Vec::new();
    for (name, values) in fields {
        if choices.once_in(2) {
            chosen.push(format!("{name}: {}", value(values, choices)));
        }
    }
    format!("{{ {} }}", chosen.join(", "))
}

fn system(at: usize, text: &mut String, choices: &mut Choices<'_>) -> Vec<&'static str> {
    let (name, pool) = (SYSTEMS[at], POOLS[at]);
    let url = format!("https://{name}.example.net");
    let variable = format!("{{ env: {}_URL }}", name.to_uppercase());
    let address = format!("\"https://10.0.0.{at}:8443\"");
    text.push_str(&format!("  {name}:\n    url: "));
    text.push_str(value(&[&url, &variable, &address], choices));
    text.push_str("\n    username: ");
    text.push_str(value(&["trueup", "{ env: USERNAME }", "truenas_admin"], choices));
    text.push_str("\n    api_key: ");
    text.push_str(value(&["{ env: KEY }", "{ file: /run/key }"], choices));
    text.push('\n');
    if choices.once_in(3) {
        let pin = "ab".repeat(32);
        let spki = format!("\"{}=\"", "A".repeat(43));
        let ca_files: &[&str] = &["ca.pem", "{ env: FILE }"];
        let tls: [(&str, &[&str]); 3] =
            [("sha256", &[&pin, "{ env: SHA256 }"]), ("spki", &[&spki]), ("ca_file", ca_files)];
        let (field, values) = choices.pick(&tls);
        text.push_str(&format!("    tls: {{ {field}: {} }}\n", value(values, choices)));
    }
    if choices.once_in(2) {
        let ssh = [
            ("running", &BOOLEANS[..]),
            ("start_automatically", &BOOLEANS[..]),
            ("password_login", &BOOLEANS[..]),
            ("port", &["22", "2222", "65535"][..]),
            ("tcp_forwarding", &BOOLEANS[..]),
            ("compression", &BOOLEANS[..]),
            ("interfaces", &["[]", "[enp1s0]", "[enp1s0, br0]"][..]),
        ];
        text.push_str(&format!("    ssh: {}\n", some_fields(&ssh, choices)));
    }
    datasets(pool, text, choices);
    accounts(pool, text, choices)
}

fn datasets(pool: &str, text: &mut String, choices: &mut Choices<'_>) {
    let first = choices.below(DATASETS.len());
    let count = choices.below(4);
    if count > 0 {
        text.push_str("    datasets:\n");
    }
    for number in 0..count {
        let name = DATASETS[(first + number) % DATASETS.len()];
        let fields = [
            ("compression", &["zstd", "lz4", "off", "gzip-9", "inherit", "ZSTD-FAST-1000"][..]),
            ("quota", &["10G", "none", "1536G", "1073741824", "500GiB"][..]),
            ("refquota", &["2G", "none"][..]),
            ("recordsize", &["1M", "128K", "inherit", "512"][..]),
            ("atime", &SWITCHES[..]),
            ("readonly", &SWITCHES[..]),
            ("comments", &["replicated", "\"\"", "'it''s # one'", "\"tab\\tx\""][..]),
            ("create_ancestors", &["true"][..]),
        ];
        text.push_str(&format!("      {pool}/{name}: {}\n", some_fields(&fields, choices)));
    }
}

fn accounts(pool: &str, text: &mut String, choices: &mut Choices<'_>) -> Vec<&'static str> {
    let count = choices.below(3);
    if count > 0 {
        text.push_str("    admins:\n");
    }
    for name in &ADMINS[..count] {
        text.push_str(&format!("      {name}:\n        ssh_access: true\n"));
        if choices.once_in(2) {
            let path = format!("/mnt/{pool}/home/{name}");
            let longer = format!("/mnt/{pool}/data/homes/{name}/");
            let modes = ["\"700\"", "\"0750\"", "0o700"];
            let mode = if choices.once_in(3) {
                format!(", mode: {}", value(&modes, choices))
            } else {
                String::new()
            };
            let path = value(&[&path, &longer], choices);
            text.push_str(&format!("        home: {{ path: {path}{mode} }}\n"));
        }
        account_fields(text, choices);
    }
    ADMINS[..count].to_vec()
}

fn account_fields(text: &mut String, choices: &mut Choices<'_>) {
    let commands = ["zfs", "all", "[]", "[/usr/sbin/zfs]", "[/usr/bin/id, '/usr/sbin/zfs ^l.*$']"];
    let keys = format!("['{}']", choices.pick(&KEYS));
    let fields: [(&str, &[&str]); 6] = [
        ("full_name", &["Replication", "\"é 倉\"", "x y"]),
        ("locked", &["false"]),
        ("password_login", &["false"]),
        ("shell", &["/usr/bin/bash", "/usr/bin/zsh"]),
        ("groups", &["{ names: [] }", "{ names: [wheel, ops], exclusive: true }"]),
        ("authorized_keys", &["{ keys: [] }", &format!("{{ keys: {keys}, exclusive: true }}")]),
    ];
    for (name, values) in fields {
        if choices.once_in(4) {
            text.push_str(&format!("        {name}: {}\n", value(values, choices)));
        }
    }
    if choices.once_in(2) {
        let others = [("password", &commands[..]), ("exclusive", &BOOLEANS[..])];
        let others = some_fields(&others, choices).replacen("{  }", "{ }", 1);
        let list = format!("{{ no_password: {}, ", value(&commands, choices));
        text.push_str(&format!("        sudo: {}\n", others.replacen("{ ", &list, 1)));
    }
}

fn replication(number: usize, admins: &[Vec<&str>], text: &mut String, choices: &mut Choices<'_>) {
    let source = choices.below(admins.len());
    let destination = (source + 1 + choices.below(admins.len() - 1)) % admins.len();
    let name = choices.pick(&["offsite", "nightly.2", "X-1"]);
    text.push_str(&format!("  {name}{number}:\n"));
    let data = format!("[{}/data]", POOLS[source]);
    let several = format!("[{0}/data/a, {0}/home]", POOLS[source]);
    let sent = value(&[&data, &several], choices);
    let mut from = format!("system: {}, datasets: {sent}", SYSTEMS[source]);
    let on_both = choices.once_in(3) && !admins[source].is_empty();
    if on_both {
        from.push_str(&format!(", admin: {}", admins[source][0]));
    }
    let admin = admins[destination].first().copied().unwrap_or("replicator");
    let target = format!("{}/copies{number}", POOLS[destination]);
    let target = value(&[&target, "backup/boston"], choices);
    text.push_str(&format!(
        "    source: {{ {from} }}\n    destination: {{ system: {}, dataset: {target}, admin: {} }}\n",
        SYSTEMS[destination],
        value(&[admin, ADMINS[0]], choices),
    ));
    let ends = if on_both { "[source, destination]" } else { "[destination]" };
    let key = value(&["a-to-b", "\"Pair # 2\"", "boston-to-chicago"], choices);
    text.push_str(&format!("    key: {{ name: {key}, authorize_on: {ends} }}\n"));
    let connection = [
        ("host", &["10.0.0.1", "\"fd00::1\"", "chicago.lan", "{ env: HOST }"][..]),
        ("port", &["22", "2200"][..]),
        ("timeout", &["20", "3600"][..]),
    ];
    let mut fields = some_fields(&connection, choices).replacen("{ ", "{ name: NAME, ", 1);
    fields = fields.replacen("NAME", &format!("{}-{number}", SYSTEMS[destination]), 1);
    text.push_str(&format!("    connection: {}\n", fields.replace(",  }", " }")));
}

fn acceptance(text: &mut String, choices: &mut Choices<'_>) {
    let system = choices.pick(&SYSTEMS[..2]);
    let (resource, field) = choices.pick(&[
        ("ssh_service", "running"),
        ("dataset/backup/boston", "compression"),
        ("dataset/tank/home", "quota"),
        ("user/replicator", "sudo.no_password"),
        ("user/replicator", "locked"),
    ]);
    let until = value(&["2030-12-31", "2020-01-01"], choices);
    text.push_str(&format!(
        "  - {{ address: {system}/{resource}, field: {field}, reason: why, until: {until} }}\n"
    ));
}
