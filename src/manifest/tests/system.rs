//! Mistakes under `systems`: how a system is reached.

use insta::assert_snapshot;

use super::errors;

#[test]
fn what_a_system_needs() {
    assert_snapshot!(errors("version: 1\nsystems:\n  Boston_1: {}\n  chicago: { username: 7 }\n  denver:\n"), @r#"
    error: this is no name for a system
     --> trueup.yaml:3:3
      |
    3 |   Boston_1: {}
      |   ^^^^^^^^ write `boston-1`
      |
      = help: a system's name has lower-case letters, digits and `-`, and begins with a letter or a digit; its address
              stands under `url`

    error: `chicago` lacks `url` and `api_key`
     --> trueup.yaml:4:3
      |
    4 |   chicago: { username: 7 }
      |   ^^^^^^^
      |
      = help: write `url: https://HOST` and `api_key: { env: NAME }`

    error: expected the name of an account, found the number `7`
     --> trueup.yaml:4:24
      |
    4 |   chicago: { username: 7 }
      |                        ^
      |
      = help: if this is meant as text, write it in quotes: "7"

    error: expected a mapping, found nothing
     --> trueup.yaml:5:3
      |
    5 |   denver:
      |   ^^^^^^
      |
      = help: write a value, or leave the key out

    4 errors in trueup.yaml
    "#);
}

#[test]
fn unknown_keys_and_suggestions() {
    assert_snapshot!(
        errors("version: 1\nsystem: {}\nsystems:\n  a: { url: https://a, username: u, api_key: { envv: K }, ensure: absent, admin: {} }\n"),
        @"
    error: unknown key `system` in the manifest
     --> trueup.yaml:2:1
      |
    2 | system: {}
      | ^^^^^^ did you mean `systems`?
      |
      = help: the keys of the manifest are `version`, `systems`, `replications` and `accept_drift`

    error: expected one of `env` and `file`
     --> trueup.yaml:4:37
      |
    4 |   a: { url: https://a, username: u, api_key: { envv: * }, ensure: absent, admin: {} }
      |                                     ^^^^^^^ none of them is here
      |
      = help: write one of them, or leave this key out

    error: unknown key `envv` in `api_key`
     --> trueup.yaml:4:48
      |
    4 |   a: { url: https://a, username: u, api_key: { envv: * }, ensure: absent, admin: {} }
      |                                                ^^^^ did you mean `env`?
      |
      = help: the keys of `api_key` are `env` and `file`

    error: an API key is written into the manifest
     --> trueup.yaml:4:54
      |
    4 |   a: { url: https://a, username: u, api_key: { envv: * }, ensure: absent, admin: {} }
      |                                                      ^ not shown here
      |
      = help: write `api_key: { env: NAME }` and put the key into that environment variable, or write `api_key: { file:
              PATH }`; if others have seen this file, replace the key in TrueNAS

    error: `ensure` is not supported yet
     --> trueup.yaml:4:59
      |
    4 |   a: { url: https://a, username: u, api_key: { envv: * }, ensure: absent, admin: {} }
      |                                                           ^^^^^^ not in this version
      |
      = help: leave it out: trueup deletes nothing; what has to go is removed by hand

    error: unknown key `admin` in a system
     --> trueup.yaml:4:75
      |
    4 |   a: { url: https://a, username: u, api_key: { envv: * }, ensure: absent, admin: {} }
      |                                                                           ^^^^^ did you mean `admins`?
      |
      = help: the keys of a system are `url`, `username`, `api_key`, `tls`, `ssh`, `datasets` and `admins`

    6 errors in trueup.yaml
    "
    );
}

#[test]
fn addresses() {
    let text: String = [
        "http://nas",
        "nas.example.net",
        "wss://nas/api/current",
        "https://nas/ui",
        "https://root@nas",
        "https://nas:70000",
        "{ env: 1X }",
        "{ file: x }",
    ]
    .iter()
    .enumerate()
    .map(|(n, url)| format!("  s{n}: {{ url: {url}, username: u, api_key: {{ env: K }} }}\n"))
    .collect();
    assert_snapshot!(errors(&format!("version: 1\nsystems:\n{text}")), @"
    error: an API key is never sent in the clear
     --> trueup.yaml:3:14
      |
    3 |   s0: { url: http://nas, username: u, api_key: { env: K } }
      |              ^^^^^^^^^^ not encrypted
      |
      = help: write `https://`: TrueNAS revokes an API key that reaches it unencrypted; a self-signed certificate is
              pinned with `tls: { sha256: … }`, which `trueup trust URL` prints

    error: an address begins with `https://`
     --> trueup.yaml:4:14
      |
    4 |   s1: { url: nas.example.net, username: u, api_key: { env: K } }
      |              ^^^^^^^^^^^^^^^
      |
      = help: write `https://HOST` or `https://HOST:PORT`

    error: an address begins with `https://`
     --> trueup.yaml:5:14
      |
    5 |   s2: { url: wss://nas/api/current, username: u, api_key: { env: K } }
      |              ^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `https://HOST` or `https://HOST:PORT`

    error: an address has no path
     --> trueup.yaml:6:14
      |
    6 |   s3: { url: https://nas/ui, username: u, api_key: { env: K } }
      |              ^^^^^^^^^^^^^^
      |
      = help: write `https://HOST` or `https://HOST:PORT`: the API's path is known

    error: an address has no user name
     --> trueup.yaml:7:14
      |
    7 |   s4: { url: https://****@nas, username: u, api_key: { env: K } }
      |              ^^^^^^^^^^^^^^^^
      |
      = help: write the user name under `username`, and where the API key is under `api_key`

    error: a port is a number between 1 and 65535
     --> trueup.yaml:8:14
      |
    8 |   s5: { url: https://nas:70000, username: u, api_key: { env: K } }
      |              ^^^^^^^^^^^^^^^^^
      |
      = help: write `https://HOST` or `https://HOST:PORT`

    error: this is no environment variable's name
     --> trueup.yaml:9:21
      |
    9 |   s6: { url: { env: 1X }, username: u, api_key: { env: K } }
      |                     ^^
      |
      = help: write the name alone, such as `BOSTON_URL`, without `$`; it has letters, digits and `_`

    error: a reference without `env`
      --> trueup.yaml:10:9
       |
    10 |   s7: { url: { file: x }, username: u, api_key: { env: K } }
       |         ^^^
       |
       = help: write the text, or `{ env: NAME }`

    error: unknown key `file` in a reference
      --> trueup.yaml:10:16
       |
    10 |   s7: { url: { file: x }, username: u, api_key: { env: K } }
       |                ^^^^ no such key
       |
       = help: the keys of a reference are `env`

    9 errors in trueup.yaml
    ");
}

#[test]
fn where_the_key_is_and_which_certificate_is_believed() {
    assert_snapshot!(
        errors(
            "version: 1
systems:
  a: { url: https://a, username: u, api_key: { env: K, file: k }, tls: { sha256: \"4E:1F\", spki: x } }
  b: { url: https://b, username: u, api_key: {}, tls: {} }
  c: { url: https://C, username: u, api_key: K, tls: 4e1f }
  d: { url: https://c/, username: u, api_key: { file: k }, tls: { sha256: [] } }
"
        ),
        @r#"
    error: more than one of `env` and `file`
     --> trueup.yaml:3:62
      |
    3 |   a: { url: https://a, username: u, api_key: { env: K, file: k }, tls: { sha256: "4E:1F", spki: x } }
      |                                                     -        ^
      |                                                     |
      |                                                     the other is here
      |
      = help: write one of them: leave `file` out, or the other

    error: this is no SHA-256 fingerprint
     --> trueup.yaml:3:82
      |
    3 |   a: { url: https://a, username: u, api_key: { env: K, file: k }, tls: { sha256: "4E:1F", spki: x } }
      |                                                                                  ^^^^^^^ 4 digits
      |
      = help: write 64 hexadecimal digits, with or without colons; `trueup trust URL` prints them

    error: more than one of `sha256`, `spki` and `ca_file`
     --> trueup.yaml:3:97
      |
    3 |   a: { url: https://a, username: u, api_key: { env: K, file: k }, tls: { sha256: "4E:1F", spki: x } }
      |                                                                                  -------        ^
      |                                                                                  |
      |                                                                                  the other is here
      |
      = help: write one of them: leave `spki` out, or the other

    error: this is no SHA-256 in base64
     --> trueup.yaml:3:97
      |
    3 |   a: { url: https://a, username: u, api_key: { env: K, file: k }, tls: { sha256: "4E:1F", spki: x } }
      |                                                                                                 ^
      |
      = help: write the 44 characters that `trueup trust URL` prints for the public key

    error: expected one of `env` and `file`
     --> trueup.yaml:4:37
      |
    4 |   b: { url: https://b, username: u, api_key: {}, tls: {} }
      |                                     ^^^^^^^ none of them is here
      |
      = help: write one of them, or leave this key out

    error: expected one of `sha256`, `spki` and `ca_file`
     --> trueup.yaml:4:50
      |
    4 |   b: { url: https://b, username: u, api_key: {}, tls: {} }
      |                                                  ^^^ none of them is here
      |
      = help: write one of them, or leave this key out

    error: an API key is written into the manifest
     --> trueup.yaml:5:46
      |
    5 |   c: { url: https://C, username: u, api_key: *, tls: 4e1f }
      |                                              ^ not shown here
      |
      = help: write `api_key: { env: NAME }` and put the key into that environment variable, or write `api_key: { file:
              PATH }`; if others have seen this file, replace the key in TrueNAS

    error: expected a mapping, found the text `4e1f`
     --> trueup.yaml:5:54
      |
    5 |   c: { url: https://C, username: u, api_key: *, tls: 4e1f }
      |                                                      ^^^^ `tls` has several fields
      |
      = help: write `tls: { sha256: 4e1f }`

    error: two systems have the same `url`
     --> trueup.yaml:6:13
      |
    5 |   c: { url: https://C, username: u, api_key: *, tls: 4e1f }
      |             --------- first here
    6 |   d: { url: https://c/, username: u, api_key: { file: k }, tls: { sha256: [] } }
      |             ^^^^^^^^^^ here again
      |
      = help: write each system once, with everything that belongs to it

    error: this list is empty
     --> trueup.yaml:6:67
      |
    6 |   d: { url: https://c/, username: u, api_key: { file: k }, tls: { sha256: [] } }
      |                                                                   ^^^^^^
      |
      = help: name at least one, or leave the key out

    10 errors in trueup.yaml
    "#
    );
}
