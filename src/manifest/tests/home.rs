//! Mistakes under `home`.

use insta::assert_snapshot;

use super::system_errors;

#[test]
fn homes() {
    assert_snapshot!(
        system_errors(
            "    admins:
      a: { home: { path: /mnt/tank } }
      b: { home: /mnt/tank/b }
      c: { home: { path: \"/mnt/tank/c:d\" } }
      d: { home: { path: home/d } }
      e: { home: { path: /var/empty } }
      f: { home: { path: /home/truenas_admin } }
      g: { home: { path: /mnt/tank/../g } }
      h: { home: { path: /mnt/tank/home/same } }
      i: { home: { path: /mnt/tank/home/same/ } }
"
        ),
        @r#"
          error: this cannot be a home directory
           --> trueup.yaml:8:26
            |
          8 |       a: { home: { path: /mnt/tank } }
            |                          ^^^^^^^^^ a pool's root cannot be a home
            |
            = help: write `/mnt/POOL/DIRECTORY/NAME`, such as `/mnt/tank/home/replicator`

          error: expected a mapping, found the text `/mnt/tank/b`
           --> trueup.yaml:9:18
            |
          9 |       b: { home: /mnt/tank/b }
            |                  ^^^^^^^^^^^ `home` has several fields
            |
            = help: write `home: { path: /mnt/tank/b }`

          error: this cannot be a home directory
            --> trueup.yaml:10:26
             |
          10 |       c: { home: { path: "/mnt/tank/c:d" } }
             |                          ^^^^^^^^^^^^^^^ a home cannot contain `:`
             |
             = help: choose a path without a colon

          error: this cannot be a home directory
            --> trueup.yaml:11:26
             |
          11 |       d: { home: { path: home/d } }
             |                          ^^^^^^ not an absolute path
             |
             = help: write `/mnt/POOL/DIRECTORY/NAME`, such as `/mnt/tank/home/replicator`

          error: this cannot be a home directory
            --> trueup.yaml:12:26
             |
          12 |       e: { home: { path: /var/empty } }
             |                          ^^^^^^^^^^ this is TrueNAS' way to say: no home
             |
             = help: write `/mnt/POOL/DIRECTORY/NAME`, such as `/mnt/tank/home/replicator`

          error: this cannot be a home directory
            --> trueup.yaml:13:26
             |
          13 |       f: { home: { path: /home/truenas_admin } }
             |                          ^^^^^^^^^^^^^^^^^^^ TrueNAS does not let the home of this account be changed
             |
             = help: leave `home` out: this home is usable as it is

          error: this cannot be a home directory
            --> trueup.yaml:14:26
             |
          14 |       g: { home: { path: /mnt/tank/../g } }
             |                          ^^^^^^^^^^^^^^ a path without `//`, `.` and `..`
             |
             = help: write `/mnt/POOL/DIRECTORY/NAME`, such as `/mnt/tank/home/replicator`

          error: two accounts have the same home
            --> trueup.yaml:16:26
             |
          15 |       h: { home: { path: /mnt/tank/home/same } }
             |                          ------------------- first here
          16 |       i: { home: { path: /mnt/tank/home/same/ } }
             |                          ^^^^^^^^^^^^^^^^^^^^ here again
             |
             = help: give each account a directory of its own: TrueNAS insists on it

          8 errors in trueup.yaml
        "#
    );
}

#[test]
fn modes() {
    assert_snapshot!(
        system_errors(
            "    admins:
      a: { home: { mode: 448 } }
      b: { home: { mode: \"1777\" } }
      c: { home: { mode: \"077\" } }
      d: { home: { mode: rwx } }
      e: { home: { mode: 70 } }
      f: { home: { mode: true } }
"
        ),
        @r#"
          error: invalid home mode
           --> trueup.yaml:8:26
            |
          8 |       a: { home: { mode: 448 } }
            |                          ^^^ the decimal form of 0700
            |
            = help: write "700"

          error: invalid home mode
           --> trueup.yaml:9:26
            |
          9 |       b: { home: { mode: "1777" } }
            |                          ^^^^^^ setuid, setgid and sticky bits are not managed
            |
            = help: write three octal digits in quotes: "700"

          error: invalid home mode
            --> trueup.yaml:10:26
             |
          10 |       c: { home: { mode: "077" } }
             |                          ^^^^^ the owner could not enter it
             |
             = help: write a mode that lets the owner read and enter, such as "700"

          error: invalid home mode
            --> trueup.yaml:11:26
             |
          11 |       d: { home: { mode: rwx } }
             |                          ^^^ not three octal digits
             |
             = help: write three octal digits in quotes: "700"

          error: invalid home mode
            --> trueup.yaml:12:26
             |
          12 |       e: { home: { mode: 70 } }
             |                          ^^ not three octal digits
             |
             = help: write three octal digits in quotes: "700"

          error: expected a mode such as `"700"`, found `true`
            --> trueup.yaml:13:26
             |
          13 |       f: { home: { mode: true } }
             |                          ^^^^

          6 errors in trueup.yaml
        "#
    );
    for mode in ["700", "0700", "0o700", "\"700\"", "\"0700\""] {
        let text = format!("    admins: {{ a: {{ home: {{ mode: {mode} }} }} }}\n");
        assert_eq!(system_errors(&text), "no errors", "{mode}");
    }
}
