//! Mistakes under `systems`: how a system is reached, its SSH service, its datasets.

use insta::assert_snapshot;

use super::{errors, system_errors};

#[test]
fn what_a_system_needs() {
    assert_snapshot!(errors("version: 1\nsystems:\n  Boston_1: {}\n  chicago: { username: 7 }\n  denver:\n"), @r#"
      error: this is no name for a system
       --> trueup.yaml:3:3
        |
      3 |   Boston_1: {}
        |   ^^^^^^^^ write `boston-1`
        |
        = help: a system's name has lower-case letters, digits and `-`, and begins with a letter or a digit; its address stands under `url`

      error: `chicago` lacks `url` and `api_key`
       --> trueup.yaml:4:3
        |
      4 |   chicago: { username: 7 }
        |   ^^^^^^^
        |
        = help: write `url: https://HOST`, `api_key: { env: NAME }`

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
        @r#"
          error: unknown key `system` in the manifest
           --> trueup.yaml:2:1
            |
          2 | system: {}
            | ^^^^^^ did you mean `systems`?
            |
            = help: the keys of the manifest are `version`, `systems` and `replications`

          error: expected one of `env` and `file`
           --> trueup.yaml:4:37
            |
          4 |   a: { url: https://a, username: u, api_key: { envv: * }, ensure: absent, admin: {} }
            |                                     ^^^^^^^ none of them is here
            |
            = help: write one of them, or leave this key out

          error: an API key is written into the manifest
           --> trueup.yaml:4:54
            |
          4 |   a: { url: https://a, username: u, api_key: { envv: * }, ensure: absent, admin: {} }
            |                                                      ^ not shown here
            |
            = help: write `api_key: { env: NAME }` and put the key into that environment variable, or write `api_key: { file: PATH }`; if others have seen this file, replace the key in TrueNAS

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

          5 errors in trueup.yaml
        "#
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
    assert_snapshot!(errors(&format!("version: 1\nsystems:\n{text}")), @r#"
      error: an API key is never sent in the clear
       --> trueup.yaml:3:14
        |
      3 |   s0: { url: http://nas, username: u, api_key: { env: K } }
        |              ^^^^^^^^^^ not encrypted
        |
        = help: write `https://`: TrueNAS revokes an API key that reaches it unencrypted; a self-signed certificate is pinned with `tls: { sha256: … }`, which `trueup trust URL` prints

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
    "#);
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
            = help: write `api_key: { env: NAME }` and put the key into that environment variable, or write `api_key: { file: PATH }`; if others have seen this file, replace the key in TrueNAS

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

#[test]
fn the_ssh_service() {
    assert_snapshot!(
        system_errors(
            "    ssh: { runing: true, running: \"yes\", tcpport: 22, port: seventy, interfaces: [10.0.0.1, ''] }\n"
        ),
        @r#"
          error: unknown key `runing` in `ssh`
           --> trueup.yaml:7:12
            |
          7 |     ssh: { runing: true, running: "yes", tcpport: 22, port: seventy, interfaces: [10.0.0.1, ''] }
            |            ^^^^^^ did you mean `running`?
            |
            = help: the keys of `ssh` are `running`, `start_automatically`, `password_login`, `port`, `interfaces`, `tcp_forwarding` and `compression`

          error: expected `true` or `false`, found the text `yes`
           --> trueup.yaml:7:35
            |
          7 |     ssh: { runing: true, running: "yes", tcpport: 22, port: seventy, interfaces: [10.0.0.1, ''] }
            |                                   ^^^^^
            |
            = help: write `true`

          error: unknown key `tcpport` in `ssh`
           --> trueup.yaml:7:42
            |
          7 |     ssh: { runing: true, running: "yes", tcpport: 22, port: seventy, interfaces: [10.0.0.1, ''] }
            |                                          ^^^^^^^ did you mean `port`?
            |
            = help: the keys of `ssh` are `running`, `start_automatically`, `password_login`, `port`, `interfaces`, `tcp_forwarding` and `compression`

          error: expected a number between 1 and 65535, found the text `seventy`
           --> trueup.yaml:7:61
            |
          7 |     ssh: { runing: true, running: "yes", tcpport: 22, port: seventy, interfaces: [10.0.0.1, ''] }
            |                                                             ^^^^^^^

          error: this is an address, not a network interface
           --> trueup.yaml:7:83
            |
          7 |     ssh: { runing: true, running: "yes", tcpport: 22, port: seventy, interfaces: [10.0.0.1, ''] }
            |                                                                                   ^^^^^^^^
            |
            = help: write the interface's name, such as `enp1s0` or `br0`

          error: this is no name for a network interface
           --> trueup.yaml:7:93
            |
          7 |     ssh: { runing: true, running: "yes", tcpport: 22, port: seventy, interfaces: [10.0.0.1, ''] }
            |                                                                                             ^^
            |
            = help: write one line that is not empty, without space around it

          6 errors in trueup.yaml
        "#
    );
    assert_snapshot!(system_errors("    ssh: { port: 65536, compression: 1, interfaces: eno1 }\n"), @r#"
      error: expected a number between 1 and 65535, found the number `65536`
       --> trueup.yaml:7:18
        |
      7 |     ssh: { port: 65536, compression: 1, interfaces: eno1 }
        |                  ^^^^^

      error: expected `true` or `false`, found the number `1`
       --> trueup.yaml:7:38
        |
      7 |     ssh: { port: 65536, compression: 1, interfaces: eno1 }
        |                                      ^

      error: expected a list, found the text `eno1`
       --> trueup.yaml:7:53
        |
      7 |     ssh: { port: 65536, compression: 1, interfaces: eno1 }
        |                                                     ^^^^

      3 errors in trueup.yaml
    "#);
    assert_snapshot!(system_errors("    ssh: true\n"), @r#"
      error: expected a mapping, found `true`
       --> trueup.yaml:7:10
        |
      7 |     ssh: true
        |          ^^^^ `ssh` has several fields
        |
        = help: write `ssh: { running: true }`

      1 error in trueup.yaml
    "#);
    assert_snapshot!(system_errors("    ssh:\n"), @r#"
      error: expected a mapping, found nothing
       --> trueup.yaml:7:5
        |
      7 |     ssh:
        |     ^^^
        |
        = help: write a value, or leave the key out

      1 error in trueup.yaml
    "#);
}

#[test]
fn names_of_datasets() {
    assert_snapshot!(
        system_errors(
            "    datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }\n"
        ),
        @r#"
          error: this is a pool, not a dataset
           --> trueup.yaml:7:17
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                 ^^^^ a pool's own dataset comes with the pool
            |
            = help: name a dataset below it, `POOL/NAME`: pools are made in TrueNAS

          error: this is no name for a dataset
           --> trueup.yaml:7:27
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                           ^^^^^^^^^^^ this is a path
            |
            = help: leave `/mnt/` out: a dataset is named `POOL/NAME`

          error: this is no name for a dataset
           --> trueup.yaml:7:44
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                                            ^^^^^^^ nothing before or after a `/`
            |
            = help: write `POOL/NAME`, with letters, digits and `_`, `-`, `.`, `:` and spaces

          error: this is no name for a dataset
           --> trueup.yaml:7:57
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                                                         ^^^^^^^^^^ this is a snapshot
            |
            = help: leave `@` and what follows out

          error: this is no name for a dataset
           --> trueup.yaml:7:73
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                                                                         ^^^^^^ ZFS does not allow 'é'
            |
            = help: write `POOL/NAME`, with letters, digits and `_`, `-`, `.`, `:` and spaces

          error: this is no name for a dataset
           --> trueup.yaml:7:85
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                                                                                     ^^^ a pool's name begins with a letter
            |
            = help: write `POOL/NAME`, with letters, digits and `_`, `-`, `.`, `:` and spaces

          error: expected a mapping, found the number `3`
           --> trueup.yaml:7:103
            |
          7 |     datasets: { tank: {}, /mnt/tank/x: {}, tank//x: {}, tank/x@now: {}, tank/é: {}, 1/x: {}, tank/ok: 3 }
            |                                                                                                       ^
            |
            = help: if this is meant as text, write it in quotes: "3"

          7 errors in trueup.yaml
        "#
    );
}

#[test]
fn properties_of_datasets() {
    assert_snapshot!(
        system_errors(
            "    datasets:
      tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
      tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
      tank/z: { quota: 512M, refquota: inherit, recordsize: big, dedup: on }
"
        ),
        @r#"
          error: no such compression: `zsdt`
           --> trueup.yaml:8:30
            |
          8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
            |                              ^^^^ did you mean `zstd`?
            |
            = help: TrueNAS offers `on`, `off`, `lz4`, `zstd`, `zstd-1` to `zstd-19`, `zstd-fast-N`, `gzip`, `gzip-1`, `gzip-9`, `zle` and `lzjb`; `inherit` takes the parent's

          error: this is no record size
           --> trueup.yaml:8:48
            |
          8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
            |                                                ^^^^ not a power of two
            |
            = help: write a power of two between `512` and `16M`, such as `128K` or `1M`, or `inherit`

          error: this is no quota
           --> trueup.yaml:8:61
            |
          8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
            |                                                             ^^^^^ not a size
            |
            = help: write `G` or `GiB`: sizes here are binary, and `GB` leaves open which is meant

          error: expected `on`, `off` or `inherit`, found the text `maybe`
           --> trueup.yaml:8:78
            |
          8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
            |                                                                              ^^^^^

          error: expected `on`, `off` or `inherit`, found the text `yes`
           --> trueup.yaml:8:92
            |
          8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
            |                                                                                            ^^^

          error: expected a text, found the number `1`
           --> trueup.yaml:8:107
            |
          8 |       tank/x: { compression: zsdt, recordsize: 100K, quota: 100GB, readonly: maybe, atime: yes, comments: 1 }
            |                                                                                                           ^
            |
            = help: if this is meant as text, write it in quotes: "1"

          error: no such compression: `gzip-6`
           --> trueup.yaml:9:30
            |
          9 |       tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
            |                              ^^^^^^ did you mean `gzip-1`?
            |
            = help: TrueNAS offers `on`, `off`, `lz4`, `zstd`, `zstd-1` to `zstd-19`, `zstd-fast-N`, `gzip`, `gzip-1`, `gzip-9`, `zle` and `lzjb`; `inherit` takes the parent's

          error: this is no record size
           --> trueup.yaml:9:50
            |
          9 |       tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
            |                                                  ^^^ not between 512 and 16M
            |
            = help: write a power of two between `512` and `16M`, such as `128K` or `1M`, or `inherit`

          error: this is no quota
           --> trueup.yaml:9:62
            |
          9 |       tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
            |                                                              ^ no limit is written `none`
            |
            = help: write `none`

          error: this is no quota
           --> trueup.yaml:9:75
            |
          9 |       tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
            |                                                                           ^^^^ not a size
            |
            = help: write a whole number: `1.5T` is `1536G`

          error: expected `true` or `false`, found the text `on`
           --> trueup.yaml:9:99
            |
          9 |       tank/y: { compression: gzip-6, recordsize: 32M, quota: 0, refquota: 1.5T, create_ancestors: on }
            |                                                                                                   ^^
            |
            = help: write `true`

          error: this is no quota
            --> trueup.yaml:10:24
             |
          10 |       tank/z: { quota: 512M, refquota: inherit, recordsize: big, dedup: on }
             |                        ^^^^ less than 1G
             |
             = help: TrueNAS takes a quota of at least `1G`, or `none`

          error: this is no quota
            --> trueup.yaml:10:40
             |
          10 |       tank/z: { quota: 512M, refquota: inherit, recordsize: big, dedup: on }
             |                                        ^^^^^^^ a quota is never inherited
             |
             = help: write `none` or a size, or leave the key out

          error: this is no record size
            --> trueup.yaml:10:61
             |
          10 |       tank/z: { quota: 512M, refquota: inherit, recordsize: big, dedup: on }
             |                                                             ^^^ not a size
             |
             = help: write a power of two between `512` and `16M`, such as `128K` or `1M`, or `inherit`

          error: unknown key `dedup` in a dataset
            --> trueup.yaml:10:66
             |
          10 |       tank/z: { quota: 512M, refquota: inherit, recordsize: big, dedup: on }
             |                                                                  ^^^^^ no such key
             |
             = help: the keys of a dataset are `create_ancestors`, `compression`, `readonly`, `atime`, `recordsize`, `quota`, `refquota` and `comments`

          15 errors in trueup.yaml
        "#
    );
}
