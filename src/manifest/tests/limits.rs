//! Values that TrueNAS would refuse half-way through a run, and good ones beside them.

use super::system_errors;

/// A refused value: what stands under the system, and what is said of it: the place that is
/// underlined, the label there, and what to write instead.
struct Refused<'a> {
    written: &'a str,
    underlined: &'a str,
    label: &'a str,
    help: &'a str,
}

fn dataset(fields: &str) -> String {
    format!("    datasets: {{ tank/x: {{ {fields} }} }}\n")
}

fn admin(fields: &str) -> String {
    format!("    admins: {{ repl: {{ {fields} }} }}\n")
}

fn sudo(command: &str) -> String {
    admin(&format!("sudo: {{ no_password: [{command}] }}"))
}

fn home(fields: &str) -> String {
    admin(&format!("home: {{ {fields} }}"))
}

fn groups(count: usize) -> String {
    let names: Vec<String> = (1..=count).map(|number| format!("group{number:03}")).collect();
    format!("groups: {{ names: [{}] }}", names.join(", "))
}

/// What is missing from the errors of a refused value: there must be one, with the place, the value
/// underlined, and what to write.
fn missing(refused: &Refused<'_>) -> Vec<String> {
    let Refused { written, underlined, label, help } = refused;
    let told = system_errors(written);
    let column = written.find(underlined).expect("the value") + 1;
    // The output is wrapped: words are compared.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let in_words = words(&told);
    let short = "^".repeat(underlined.chars().count().min(40));
    let expected =
        [format!("trueup.yaml:7:{column}"), short, words(label), words(help), "1 error in".into()];
    let missing = expected.into_iter().filter(|it| !in_words.contains(it));
    missing.map(|it| format!("{it:?} is not in:\n{told}")).collect()
}

#[test]
fn values_that_truenas_refuses_are_errors_with_place_and_remedy() {
    let long = "x".repeat(1025);
    let cases = [
        // Texts.
        (dataset(&format!("comments: {long}")), &*long, "1025 characters", "shorten it to 1024"),
        (dataset("comments: INHERIT"), "INHERIT", "takes this word for no comment", "another text"),
        (dataset(r#"comments: "a\0b""#), r#""a\0b""#, "a NUL character", "leave the NUL"),
        (admin(&format!("full_name: {long}")), &long, "1025 characters", "shorten it to 1024"),
        // Sudo.
        (
            sudo("\"/usr/sbin/zfs it's\""),
            "\"/usr/sbin/zfs it's\"",
            "a quote is not closed",
            "close",
        ),
        (sudo("'/usr/sbin/zfs \"'"), "'/usr/sbin/zfs \"'", "a quote is not closed", "close"),
        (sudo(r"/usr/sbin/zfs \"), r"/usr/sbin/zfs \", r"a `\` at the end", r"leave the `\` out"),
        (sudo("\"!/usr/sbin/zfs\""), "\"!/usr/sbin/zfs\"", "cannot be excluded", "without `!`"),
        (sudo("/usr//sbin/zfs"), "/usr//sbin/zfs", "a path with `//`", "the executable's whole"),
        (sudo("/usr/sbin/./zfs"), "/usr/sbin/./zfs", "a path with `//`", "the executable's whole"),
        (sudo("/usr/bin//"), "/usr/bin//", "a path with `//`", "the executable's whole"),
        (sudo("bin/zfs"), "bin/zfs", "not an absolute path", "the executable's whole path"),
        (sudo("/a, ALL"), "ALL", "everything is not a command", "write `all` alone"),
        (sudo(&format!("/{long}")), &format!("/{long}"), "1026 characters", "shorten it to 1024"),
        // Sizes.
        (dataset("quota: 8E"), "8E", "more than a quota can be", "write less than `8E`"),
        (dataset("refquota: 15EiB"), "15EiB", "more than a quota can be", "write less than `8E`"),
        (dataset("quota: 9223372036854775808"), "9223372036854775808", "", "such as `100G`"),
        (dataset("quota: 0200000000000"), "0200000000000", "", "such as `100G`"),
        (dataset("quota: 1023M"), "1023M", "less than 1G", "at least `1G`"),
        (dataset("quota: off"), "off", "not a size", "write `none`"),
        (dataset("recordsize: 256"), "256", "not between 512 and 16M", "a power of two"),
        // Words for yes and no.
        (dataset("compression: no"), "no", "did you mean `off`?", "TrueNAS offers"),
        (dataset("compression: none"), "none", "did you mean `off`?", "TrueNAS offers"),
        (dataset("compression: disabled"), "disabled", "did you mean `off`?", "TrueNAS offers"),
        (dataset("compression: yes"), "yes", "did you mean `on`?", "TrueNAS offers"),
        // Modes that a YAML tool made decimal numbers of.
        (home("mode: 504"), "504", "the decimal form of 0770", "write \"770\", or \"504\" in"),
        (home("mode: 511"), "511", "the decimal form of 0777", "write \"777\", or \"511\" in"),
        (home("mode: 505"), "505", "the decimal form of 0771", "write \"771\", or \"505\" in"),
        (home("mode: 448"), "448", "the decimal form of 0700", "write \"700\""),
        (home("mode: 493"), "493", "the decimal form of 0755", "write \"755\""),
        (home("mode: 488"), "488", "the decimal form of 0750", "write \"750\""),
        // Paths and names.
        (home(&format!("path: /mnt/tank/{}", "x".repeat(256))), "/mnt/tank", "256 bytes", "255"),
        (home(&format!("path: /mnt/tank{}", "/xxxxxx".repeat(150))), "/mnt", "1059", "shorten it"),
        (admin(&format!("shell: /{long}")), &format!("/{long}"), "1026 characters", "shorten it"),
        (
            format!("    datasets: {{ tank{}: {{}} }}\n", "/x".repeat(50)),
            "tank/x",
            "50 levels below its pool",
            "at most 49 levels",
        ),
        (admin(&groups(65)), "group065", "group number 65", "name at most 64"),
        // Numbers that YAML 1.1 and 1.2 read differently.
        ("    ssh: { port: 0022 }\n".into(), "0022", "", "without a leading zero: 22"),
    ];
    let mut wrong = Vec::new();
    for (written, value, label, help) in cases {
        let start = written.find(value).expect("the value");
        let rest = written[start..].find([' ', ']', ',']).unwrap_or(0);
        let underlined =
            if value.starts_with("/mnt") { &written[start..start + rest] } else { value };
        wrong.extend(missing(&Refused { written: &written, underlined, label, help }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn values_at_the_limits_are_accepted() {
    let longest = "x".repeat(1024);
    for written in [
        dataset(&format!("comments: {longest}")),
        dataset(&format!("comments: \"{}\"", "é".repeat(1024))),
        dataset("comments: \"\""),
        dataset("comments: inherited from nobody"),
        admin(&format!("full_name: {longest}")),
        sudo("/usr/sbin/zfs"),
        sudo("/usr/sbin/, /usr/bin/ls"),
        sudo("/usr/sbin/z*"),
        sudo("'/usr/s?in/[a-z]fs list'"),
        sudo("\"/usr/bin/logger 'it is' \\\"a day\\\" !x #y\""),
        sudo(&format!("/{}", &longest[1..])),
        dataset("quota: 7E"),
        dataset("quota: 8191P, refquota: none"),
        dataset("quota: 9223372036854775807"),
        dataset("quota: 1073741824, refquota: 1G"),
        dataset("compression: off, atime: off, readonly: on"),
        dataset("compression: false"),
        home("mode: 700"),
        home("mode: 0700"),
        home("mode: 0o750"),
        home("mode: 500"),
        home("mode: 550"),
        home("mode: 755"),
        home("mode: 770"),
        home("mode: \"504\""),
        home("mode: \"511\""),
        home("mode: 0504"),
        home(&format!("path: /mnt/tank/{}", &longest[..255])),
        format!("    datasets: {{ tank{}: {{}} }}\n", "/x".repeat(49)),
        admin(&groups(64)),
        "    ssh: { port: 22 }\n".into(),
    ] {
        assert_eq!(system_errors(&written), "no errors", "{written}");
    }
}
