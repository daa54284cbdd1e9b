//! Mistakes under `admins`.

use insta::assert_snapshot;

use super::system_errors;

#[test]
fn names_and_texts() {
    assert_snapshot!(
        system_errors(
            "    admins:
      9lives: {}
      backup:
        full_name: \"a:b\"
        shell: bash
        groups: [wheel]
        shel: /bin/sh
      other: { groups: { names: [544, -x] } }
"
        ),
        @r#"
    error: this is no name for an account
     --> trueup.yaml:8:7
      |
    8 |       9lives: {}
      |       ^^^^^^
      |
      = help: TrueNAS takes letters, digits, `_`, `-` and `.`, at most 32, the first a letter or `_`

    error: a full name cannot contain `:`
      --> trueup.yaml:10:20
       |
    10 |         full_name: "a:b"
       |                    ^^^^^
       |
       = help: leave the colon out

    error: invalid shell
      --> trueup.yaml:11:16
       |
    11 |         shell: bash
       |                ^^^^ not an absolute path
       |
       = help: write the whole path, such as `/usr/bin/bash`

    error: expected a mapping, found a list
      --> trueup.yaml:12:9
       |
    12 |         groups: [wheel]
       |         ^^^^^^ `groups` has several fields
       |
       = help: write `groups: { names: [ … ] }`

    error: unknown key `shel` in an admin
      --> trueup.yaml:13:9
       |
    13 |         shel: /bin/sh
       |         ^^^^ did you mean `shell`?
       |
       = help: the keys of an admin are `full_name`, `shell`, `ssh_access`, `password_login`, `locked`, `groups`,
               `home`, `sudo` and `authorized_keys`

    error: expected the name of a group, found the number `544`
      --> trueup.yaml:14:34
       |
    14 |       other: { groups: { names: [544, -x] } }
       |                                  ^^^
       |
       = help: if this is meant as text, write it in quotes: "544"

    error: this is no name for a group
      --> trueup.yaml:14:39
       |
    14 |       other: { groups: { names: [544, -x] } }
       |                                       ^^
       |
       = help: TrueNAS takes letters, digits, `_`, `-` and `.`; groups are named, not numbered

    7 errors in trueup.yaml
    "#
    );
}

#[test]
fn access() {
    assert_snapshot!(
        system_errors(
            "    admins:
      a: { ssh_access: false }
      b: { ssh_access: true, locked: true, shell: /usr/sbin/nologin, home: { mode: \"777\" } }
      c: { ssh_access: always, sshpubkey: x }
"
        ),
        @r#"
    error: `ssh_access` cannot be `false`
     --> trueup.yaml:8:24
      |
    8 |       a: { ssh_access: false }
      |                        ^^^^^ TrueNAS has no such setting
      |
      = help: leave it out: what is not mentioned is left alone
      = help: to keep the account from logging in, write `locked: true` or `shell: /usr/sbin/nologin`

    error: an account with `ssh_access` cannot be locked
     --> trueup.yaml:9:38
      |
    9 |       b: { ssh_access: true, locked: true, shell: /usr/sbin/nologin, home: { mode: "777" } }
      |                        ----          ^^^^
      |                        |
      |                        it should log in
      |
      = help: write `locked: false`, or leave `ssh_access` out

    error: an account with `ssh_access` needs a login shell
     --> trueup.yaml:9:51
      |
    9 |       b: { ssh_access: true, locked: true, shell: /usr/sbin/nologin, home: { mode: "777" } }
      |                        ---- it should log in      ^^^^^^^^^^^^^^^^^
      |
      = help: write `shell: /usr/bin/bash`, or leave `shell` out

    error: sshd refuses keys in a home that everybody may write to
     --> trueup.yaml:9:84
      |
    9 |       b: { ssh_access: true, locked: true, shell: /usr/sbin/nologin, home: { mode: "777" } }
      |                        ---- it should log in                                       ^^^^^
      |
      = help: write "700" or "755"

    error: expected `true`, found the text `always`
      --> trueup.yaml:10:24
       |
    10 |       c: { ssh_access: always, sshpubkey: x }
       |                        ^^^^^^

    error: unknown key `sshpubkey` in an admin
      --> trueup.yaml:10:32
       |
    10 |       c: { ssh_access: always, sshpubkey: x }
       |                                ^^^^^^^^^ did you mean `authorized_keys`?
       |
       = help: the keys of an admin are `full_name`, `shell`, `ssh_access`, `password_login`, `locked`, `groups`,
               `home`, `sudo` and `authorized_keys`

    6 errors in trueup.yaml
    "#
    );
}

#[test]
fn sudo() {
    assert_snapshot!(
        system_errors(
            "    admins:
      a: { sudo: all }
      b: { sudo: { no_password: /usr/sbin/zfs, password: ALL } }
      c: { sudo: { no_password: [zfs, ALL, /usr//sbin/zfs, sbin/zfs], nopasswd: all } }
      d: { sudo: { no_password: true, exclusive: true } }
      e: { sudo: { exclusive: true } }
"
        ),
        @r#"
          error: expected a mapping, found the text `all`
           --> trueup.yaml:8:18
            |
          8 |       a: { sudo: all }
            |                  ^^^ `sudo` has several fields
            |
            = help: write `sudo: { no_password: all }`

          error: expected `all`, `zfs` or a list of commands, found the text `/usr/sbin/zfs`
           --> trueup.yaml:9:33
            |
          9 |       b: { sudo: { no_password: /usr/sbin/zfs, password: ALL } }
            |                                 ^^^^^^^^^^^^^ a single command
            |
            = help: write it as a list: [/usr/sbin/zfs]

          error: expected `all`, `zfs` or a list of commands, found the text `ALL`
           --> trueup.yaml:9:58
            |
          9 |       b: { sudo: { no_password: /usr/sbin/zfs, password: ALL } }
            |                                                          ^^^ did you mean `all`?

          error: invalid sudo command
            --> trueup.yaml:10:34
             |
          10 |       c: { sudo: { no_password: [zfs, ALL, /usr//sbin/zfs, sbin/zfs], nopasswd: all } }
             |                                  ^^^ not an absolute path
             |
             = help: write `zfs` alone, without a list, or the path

          error: invalid sudo command
            --> trueup.yaml:10:39
             |
          10 |       c: { sudo: { no_password: [zfs, ALL, /usr//sbin/zfs, sbin/zfs], nopasswd: all } }
             |                                       ^^^ everything is not a command
             |
             = help: write `all` alone, without a list

          error: invalid sudo command
            --> trueup.yaml:10:44
             |
          10 |       c: { sudo: { no_password: [zfs, ALL, /usr//sbin/zfs, sbin/zfs], nopasswd: all } }
             |                                            ^^^^^^^^^^^^^^ a path with `//`, `.` or `..`
             |
             = help: write the executable's whole path, such as `/usr/sbin/zfs`

          error: invalid sudo command
            --> trueup.yaml:10:60
             |
          10 |       c: { sudo: { no_password: [zfs, ALL, /usr//sbin/zfs, sbin/zfs], nopasswd: all } }
             |                                                            ^^^^^^^^ not an absolute path
             |
             = help: write the executable's whole path, such as `/usr/sbin/zfs`

          error: unknown key `nopasswd` in `sudo`
            --> trueup.yaml:10:71
             |
          10 |       c: { sudo: { no_password: [zfs, ALL, /usr//sbin/zfs, sbin/zfs], nopasswd: all } }
             |                                                                       ^^^^^^^^ no such key
             |
             = help: the keys of `sudo` are `no_password`, `password` and `exclusive`

          error: expected `all`, `zfs` or a list of commands, found `true`
            --> trueup.yaml:11:33
             |
          11 |       d: { sudo: { no_password: true, exclusive: true } }
             |                                 ^^^^

          error: `exclusive` without a list
            --> trueup.yaml:12:31
             |
          12 |       e: { sudo: { exclusive: true } }
             |                               ^^^^ everything would be taken away
             |
             = help: if that is meant, write `no_password: []` too

          10 errors in trueup.yaml
        "#
    );
}

#[test]
fn authorized_keys() {
    let key = "AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6";
    let text = format!(
        "    admins:
      a: {{ authorized_keys: [ssh-ed25519 {key}] }}
      b:
        authorized_keys:
          keys:
            - ssh-ed25519 {key}
            - no-pty ssh-ed25519 {key} again
            - ssh-rsa {key}
            - {key}
            - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5
            - /root/.ssh/id_ed25519.pub
            - ssh-dss AAAA
"
    );
    assert_snapshot!(system_errors(&text), @r#"
      error: expected a mapping, found a list
       --> trueup.yaml:8:12
        |
      8 |       a: { authorized_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6] }
        |            ^^^^^^^^^^^^^^^ `authorized_keys` has several fields
        |
        = help: write `authorized_keys: { keys: [ … ] }`

      error: this key is listed twice
        --> trueup.yaml:13:15
         |
      12 |             - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6
         |               -------------------------------------------------------------------------------- first here
      13 |             - no-pty ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 again
         |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ here again
         |
         = help: leave one of them out; options and comments do not make it another key

      error: invalid public key
        --> trueup.yaml:14:15
         |
      14 |             - ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6
         |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the base64 text is damaged or belongs to another type of key
         |
         = help: write the line of a `.pub` file: `ssh-ed25519 AAAA… comment`

      error: invalid public key
        --> trueup.yaml:15:15
         |
      15 |             - AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6
         |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the type in front is missing
         |
         = help: write the line of a `.pub` file: `ssh-ed25519 AAAA… comment`

      error: invalid public key
        --> trueup.yaml:16:15
         |
      16 |             - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5
         |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the base64 text is damaged or belongs to another type of key
         |
         = help: write the line of a `.pub` file: `ssh-ed25519 AAAA… comment`

      error: invalid public key
        --> trueup.yaml:17:15
         |
      17 |             - /root/.ssh/id_ed25519.pub
         |               ^^^^^^^^^^^^^^^^^^^^^^^^^ a path: write the key itself
         |
         = help: write the line of a `.pub` file: `ssh-ed25519 AAAA… comment`

      error: invalid public key
        --> trueup.yaml:18:15
         |
      18 |             - ssh-dss AAAA
         |               ^^^^^^^^^^^^ sshd does not accept DSA keys any more
         |
         = help: write the line of a `.pub` file: `ssh-ed25519 AAAA… comment`

      7 errors in trueup.yaml
    "#);
}
