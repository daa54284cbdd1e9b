//! Secrets in a manifest are refused, and not repeated.

use insta::assert_snapshot;

use super::{errors, system_errors};

/// As TrueNAS makes them: an id and 64 letters and digits.
const API_KEY: &str = "7-0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3aB4cD5eF6gH7iJ8kL9mN0oP1";

/// Enough of a private key to be one.
const PRIVATE_KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----
              b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
              QyNTUxOQAAACCm2ecO8
              -----END OPENSSH PRIVATE KEY-----";

#[test]
fn an_api_key_where_its_place_should_be() {
    assert_snapshot!(errors("version: 1\nsystems:\n  a: { url: https://a, username: u, api_key: hunter2 }\n"), @"
    error: an API key is written into the manifest
     --> trueup.yaml:3:46
      |
    3 |   a: { url: https://a, username: u, api_key: ******* }
      |                                              ^^^^^^^ not shown here
      |
      = help: write `api_key: { env: NAME }` and put the key into that environment variable, or write `api_key: { file:
              PATH }`; if others have seen this file, replace the key in TrueNAS

    1 error in trueup.yaml
    ");
    assert_snapshot!(
        errors("version: 1\nsystems:\n  a: { url: https://a, username: u, api_key: { env: \"hunter2!\", key: hunter2 } }\n"),
        @"
    error: this is no environment variable's name
     --> trueup.yaml:3:53
      |
    3 |   a: { url: https://a, username: u, api_key: { env: **********, key: ******* } }
      |                                                     ^^^^^^^^^^ not shown here
      |
      = help: write `api_key: { env: NAME }` and put the key into that environment variable, or write `api_key: { file:
              PATH }`; if others have seen this file, replace the key in TrueNAS

    error: unknown key `key` in `api_key`
     --> trueup.yaml:3:65
      |
    3 |   a: { url: https://a, username: u, api_key: { env: **********, key: ******* } }
      |                                                                 ^^^ no such key
      |
      = help: the keys of `api_key` are `env` and `file`

    error: an API key is written into the manifest
     --> trueup.yaml:3:70
      |
    3 |   a: { url: https://a, username: u, api_key: { env: **********, key: ******* } }
      |                                                                      ^^^^^^^ not shown here
      |
      = help: write `api_key: { env: NAME }` and put the key into that environment variable, or write `api_key: { file:
              PATH }`; if others have seen this file, replace the key in TrueNAS

    3 errors in trueup.yaml
    "
    );
}

#[test]
fn an_api_key_anywhere() {
    let text = format!(
        "version: 1
systems:
  a:
    url: https://a
    username: {API_KEY}   # {API_KEY}
    api_key: {{ env: K }}
    datasets: {{ \"tank/{API_KEY}\": {{ comments: see {API_KEY} }} }}
"
    );
    let errors = errors(&text);
    assert!(!errors.contains("0aB1cD2"), "{errors}");
    assert_snapshot!(errors, @"
    error: an API key is written into the manifest
     --> trueup.yaml:5:15
      |
    5 |     username: ******************************************************************   # ************************************************...
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not shown here
      |
      = help: write `api_key: { env: NAME }` and put the key into that environment variable, or write `api_key: { file:
              PATH }`; if others have seen this file, replace the key in TrueNAS

    error: an API key is written into the manifest
     --> trueup.yaml:7:17
      |
    7 |     datasets: { *************************************************************************: { comments: ******************************...
      |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not shown here
      |
      = help: write `api_key: { env: NAME }` and put the key into that environment variable, or write `api_key: { file:
              PATH }`; if others have seen this file, replace the key in TrueNAS

    error: an API key is written into the manifest
     --> trueup.yaml:7:104
      |
    7 | ...********: { comments: ********************************************************************** } }
      |                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not shown here
      |
      = help: write `api_key: { env: NAME }` and put the key into that environment variable, or write `api_key: { file:
              PATH }`; if others have seen this file, replace the key in TrueNAS

    3 errors in trueup.yaml
    ");
}

#[test]
fn passwords_and_private_keys() {
    let text = format!(
        "    ssh: {{ options: x }}
    admins:
      a:
        password: hunter2
        sudo: {{ password: all }}
        authorized_keys:
          keys:
            - |
              {PRIVATE_KEY}
            - ssh-ed25519 nonsense
"
    );
    assert_snapshot!(system_errors(&text), @"
    error: unknown key `options` in `ssh`
     --> trueup.yaml:7:12
      |
    7 |     ssh: { options: x }
      |            ^^^^^^^ no such key
      |
      = help: the keys of `ssh` are `running`, `start_automatically`, `password_login`, `port`, `interfaces`,
              `tcp_forwarding` and `compression`

    error: a password is written into the manifest
      --> trueup.yaml:10:19
       |
    10 |         password: *******
       |                   ^^^^^^^ not shown here
       |
       = help: leave it out: trueup logs in with API keys and sets no passwords; if others have seen this file, change
               the password

    error: a private key is written into the manifest
      --> trueup.yaml:15:15
       |
    15 | /               ***********************************
    16 | | ************************************************************************************
    17 | | *********************************
    18 | | ***********************************************
       | |_______________________________________________^ not shown here
       |
       = help: trueup makes key pairs itself; `authorized_keys` takes public keys, the content of a `.pub` file; if
               others have seen this file, replace the key

    error: invalid public key
      --> trueup.yaml:19:15
       |
    19 |             - ssh-ed25519 nonsense
       |               ^^^^^^^^^^^^^^^^^^^^ the base64 text is damaged or belongs to another type of key
       |
       = help: write the line of a `.pub` file: `ssh-ed25519 AAAA… comment`

    4 errors in trueup.yaml
    ");
    assert_snapshot!(errors("version: 1\nsystems: { a: { url: \"https://root:hunter2@a\", username: u, api_key: { env: K } } }\n"), @"
    error: a password is written into the manifest
     --> trueup.yaml:2:22
      |
    2 | systems: { a: { url: ************************, username: u, api_key: { env: K } } }
      |                      ^^^^^^^^^^^^^^^^^^^^^^^^ not shown here
      |
      = help: leave it out: trueup logs in with API keys and sets no passwords; if others have seen this file, change
              the password

    1 error in trueup.yaml
    ");
}

#[test]
fn nothing_is_repeated_of_a_text_that_is_no_yaml() {
    assert_snapshot!(
        errors("version: 1\nsystems:\n  a:\n    password: hunter2\n    api_key: \"hunter2\n"),
        @r#"
          error: this is not valid YAML: unclosed quote
           --> trueup.yaml:5:14
            |
          5 |     api_key: ********
            |              ^ this quote is never closed
            |
            = help: close the quote at the end of the text

          1 error in trueup.yaml
        "#
    );
    assert_snapshot!(errors("version: 1\nsystems: { a: { api_key: hunter2, url: [ } }\n"), @r#"
      error: this is not valid YAML: mismatched bracket '[' closed by '}'
       --> trueup.yaml:2:40
        |
      2 | systems: { a: { api_key: *******************
        |                                        ^ noticed here
        |
        = help: check the indentation and the quotes here and on the line before

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors(&format!("version: 1\nsystems:\n  a: !{API_KEY} x\n")), @r#"
      error: a YAML tag
       --> trueup.yaml:3:74
        |
      3 |   a: !****************************************************************** x
        |                                                                          ^ manifests have no tags
        |
        = help: leave the tag out; a text that begins with `!` needs quotes

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: 1\nsystems:\n  a:\n    api_key:\n      hunter2: {\n"), @r#"
      error: this is not valid YAML: unclosed bracket '{'
       --> trueup.yaml:5:16
        |
      5 | ****************
        |                ^ inside of brackets
        |
        = help: check that every `{` and `[` is closed, with commas in between

      1 error in trueup.yaml
    "#);
}
