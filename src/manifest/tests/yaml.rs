//! Texts that are no manifest at all.

use insta::assert_snapshot;

use super::errors;

#[test]
fn nothing_in_the_file() {
    assert_snapshot!(errors(""), @r#"
      error: `trueup.yaml` is empty
       --> trueup.yaml:1:1
        |
      1 |
        | ^ nothing but comments here
        |
        = help: a manifest begins with `version: 1` and then names `systems:`

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("# later\n"), @r#"
      error: `trueup.yaml` is empty
       --> trueup.yaml:1:1
        |
      1 | # later
        | ^ nothing but comments here
        |
        = help: a manifest begins with `version: 1` and then names `systems:`

      1 error in trueup.yaml
    "#);
}

#[test]
fn not_a_mapping() {
    assert_snapshot!(errors("- version: 1\n"), @r#"
      error: expected a mapping, found a list
       --> trueup.yaml:1:1
        |
      1 | - version: 1
        | ^ the whole file is this
        |
        = help: a manifest begins with `version: 1` and then names `systems:`

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version 1\n"), @r#"
      error: expected a mapping, found the text `version 1`
       --> trueup.yaml:1:1
        |
      1 | version 1
        | ^^^^^^^^^ the whole file is this
        |
        = help: a manifest begins with `version: 1` and then names `systems:`

      1 error in trueup.yaml
    "#);
}

#[test]
fn the_version() {
    assert_snapshot!(errors("systems: {}\n"), @r#"
      error: the manifest's version is missing
       --> trueup.yaml:1:1
        |
      1 | systems: {}
        | ^
        |
        = help: begin every file with `version: 1`

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: 2\nsystems: {}\n"), @r#"
      error: no such version: 2
       --> trueup.yaml:1:10
        |
      1 | version: 2
        |          ^ there is only 1
        |
        = help: write `version: 1`; a manifest of a later version needs a later trueup

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: '1'\nsystems: {}\n"), @r#"
      error: expected the number `1`, found the text `1`
       --> trueup.yaml:1:10
        |
      1 | version: '1'
        |          ^^^
        |
        = help: write it without quotes: 1

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: 1\n"), @"
    error: the manifest names no system
     |
     = help: name both ends under `systems:`, each with `url`, `username` and `api_key`
    ");
}

#[test]
fn syntax() {
    assert_snapshot!(errors("version: 1\nsystems:\n\tboston: {}\n"), @r#"
      error: this is not valid YAML: tabs disallowed within this context (block indentation)
       --> trueup.yaml:3:2
        |
      3 |     boston: {}
        |     ^ a tab
        |
        = help: indent with spaces: YAML does not allow tabs

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: 1\nsystems: { boston: { url: \"https://x } }\n"), @r#"
      error: this is not valid YAML: unclosed quote
       --> trueup.yaml:2:27
        |
      2 | systems: { boston: { url: "https://x } }
        |                           ^ this quote is never closed
        |
        = help: close the quote at the end of the text

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: 1\nsystems: { boston: [ }\n"), @r#"
      error: this is not valid YAML: mismatched bracket '[' closed by '}'
       --> trueup.yaml:2:20
        |
      2 | systems: { boston: [ }
        |                    ^ noticed here
        |
        = help: check the indentation and the quotes here and on the line before

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: 1\nsystems:\n  boston:\n    url: a: b\n"), @r#"
      error: this is not valid YAML: mapping values are not allowed in this context
       --> trueup.yaml:4:11
        |
      4 |     url: a: b
        |           ^ a `: ` where no key can stand
        |
        = help: indent the line like its neighbours; a text that contains `: ` needs quotes

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: 1\nsystems: @x\n"), @r#"
      error: this is not valid YAML: unexpected character: `@'
       --> trueup.yaml:2:10
        |
      2 | systems: @x
        |          ^ this cannot begin a text
        |
        = help: put the text in quotes

      1 error in trueup.yaml
    "#);
}

#[test]
fn what_no_manifest_needs() {
    assert_snapshot!(errors("version: 1\n---\nversion: 1\n"), @r#"
      error: several YAML documents in one file
       --> trueup.yaml:3:1
        |
      3 | version: 1
        | ^ the second document begins here
        |
        = help: write one document per file: several files, or a directory of them, are one manifest

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: 1\nsystems: !!python/object:os.system x\n"), @r#"
      error: a YAML tag
       --> trueup.yaml:2:36
        |
      2 | systems: !!python/object:os.system x
        |                                    ^ manifests have no tags
        |
        = help: leave the tag out; a text that begins with `!` needs quotes

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: 1\nsystems: *all\n"), @r#"
      error: an alias without an anchor
       --> trueup.yaml:2:10
        |
      2 | systems: *all
        |          ^ nothing before this has such an anchor
        |
        = help: a text that begins with `*` needs quotes

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: 1\nsystems: &all [*all]\n"), @r#"
      error: an anchor that contains itself
       --> trueup.yaml:2:16
        |
      2 | systems: &all [*all]
        |                ^ this alias stands inside of its own anchor
        |
        = help: write the values out

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors("version: 1\nsystems:\n  <<: 3\n"), @r#"
      error: `<<` with something else than a mapping
       --> trueup.yaml:3:7
        |
      3 |   <<: 3
        |       ^ expected an alias of a mapping
        |
        = help: write `<<: *NAME` where `&NAME` marks a mapping

      1 error in trueup.yaml
    "#);
}

#[test]
fn an_alias_bomb_and_deep_nesting() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        bomb += &format!("a{level}: &a{level} [{below}]\n");
    }
    assert_snapshot!(errors(&bomb), @r#"
      error: this document is too large or too deeply nested
       --> trueup.yaml:1:25
        |
      1 | a0: &a0 [x, x, x, x, x, x, x, x, x]
        |                         ^ reading stopped here
        |
        = help: a manifest has at most 100000 values, each alias counted with all that it stands for, and 32 levels

      1 error in trueup.yaml
    "#);
    assert_snapshot!(errors(&"[".repeat(5000)), @r#"
      error: this is not valid YAML: recursion limit exceeded
       --> trueup.yaml:1:256
        |
      1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
        |                                                          ^ reading stopped here
        |
        = help: a manifest has at most 32 levels

      1 error in trueup.yaml
    "#);
    let deep: String = (0..500).map(|level| " ".repeat(level) + "a:\n").collect();
    assert_snapshot!(errors(&deep), @r#"
      error: this document is too large or too deeply nested
        --> trueup.yaml:33:33
         |
      33 | ...                   a:
         |                       ^ reading stopped here
         |
         = help: a manifest has at most 100000 values, each alias counted with all that it stands for, and 32 levels

      1 error in trueup.yaml
    "#);
}

#[test]
fn names_that_are_no_text_and_names_that_repeat() {
    assert_snapshot!(errors("version: 1\n1: x\n~: y\n[a]: z\nsystems: {}\nsystems: {}\n"), @r#"
      error: expected a name, found the number `1`
       --> trueup.yaml:2:1
        |
      2 | 1: x
        | ^ names are text
        |
        = help: write it in quotes: "1"

      error: expected a name, found nothing
       --> trueup.yaml:3:1
        |
      3 | ~: y
        | ^ names are text

      error: expected a name, found a list
       --> trueup.yaml:4:1
        |
      4 | [a]: z
        | ^ names are text

      error: `systems` is written twice
       --> trueup.yaml:6:1
        |
      5 | systems: {}
        | ------- first here
      6 | systems: {}
        | ^^^^^^^ here again
        |
        = help: write it once, with everything that belongs to it

      4 errors in trueup.yaml
    "#);
}
