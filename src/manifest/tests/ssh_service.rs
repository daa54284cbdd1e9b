//! Mistakes under `ssh`.

use insta::assert_snapshot;

use super::system_errors;

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
      = help: the keys of `ssh` are `running`, `start_automatically`, `password_login`, `port`, `interfaces`,
              `tcp_forwarding` and `compression`

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
      = help: the keys of `ssh` are `running`, `start_automatically`, `password_login`, `port`, `interfaces`,
              `tcp_forwarding` and `compression`

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
        |
        = help: write it as a list: [eno1]

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
