//! Where a plan is saved: what may be replaced, and what is left of what stood there.

use super::planned;

#[test]
fn what_is_something_else_is_not_written_over() {
    let fleet = planned();
    let manifest = std::fs::read(fleet.path("trueup.yaml")).expect("the manifest");
    for args in [["plan", "--out", "trueup.yaml"], ["drift", "--report", "trueup.yaml"]] {
        let ran = fleet.trueup(&args).exits(64);
        ran.says("`trueup.yaml` is there already, and is no ");
    }
    // A reviewed plan is no report.
    fleet.trueup(&["drift", "--report", "plan.json"]).exits(64).says("is no report");
    fleet.write("tf.json", r#"{ "format_version": "1.2", "terraform_version": "1.9.0" }"#);
    fleet.trueup(&["plan", "--out", "tf.json"]).exits(64).says("is no saved plan");
    assert_eq!(std::fs::read(fleet.path("trueup.yaml")).expect("the manifest"), manifest);
    fleet.write("empty", "");
    fleet.trueup(&["drift", "--report", "empty"]).exits(2);
    fleet.trueup(&["drift", "--report", "empty"]).exits(2);
    fleet.write("plan.json", "{}\n");
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
}

#[test]
fn who_may_read_a_file_that_is_replaced_stays_and_no_link_beside_it_is_followed() {
    use std::os::unix::fs::PermissionsExt;
    let fleet = planned();
    let path = fleet.path("plan.json");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("set");
    std::os::unix::fs::symlink("victim", fleet.path("plan.json.part")).expect("a link");
    let ran = fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    assert!(
        ran.stderr.contains(
            "Saved as plan.json. To do exactly this:\n\n  trueup apply --plan plan.json\n"
        ),
        "{ran:?}"
    );
    let elsewhere = ["plan", "-f", "./trueup.yaml", "--out", "a plan.json"];
    let apply = "\n  trueup apply -f ./trueup.yaml --plan 'a plan.json'\n";
    fleet.trueup(&elsewhere).exits(0).says(apply);
    let mode = std::fs::metadata(&path).expect("the plan").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!fleet.path("victim").exists());
}

#[test]
fn a_link_stays_and_a_pipe_or_a_device_is_written_to() {
    let fleet = planned();
    let plan = std::fs::read_to_string(fleet.path("plan.json")).expect("the plan");
    std::os::unix::fs::symlink("plan.json", fleet.path("link")).expect("a link");
    fleet.write(
        "plan.json",
        r#"{ "format_version": "1.0", "tool_version": "0", "fingerprint": "" }"#,
    );
    fleet.trueup(&["plan", "--out", "link"]).exits(0);
    assert!(fleet.path("link").is_symlink());
    assert_eq!(std::fs::read_to_string(fleet.path("plan.json")).expect("the plan"), plan);

    let pipe = fleet.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).expect("what comes")
    });
    fleet.trueup(&["plan", "--out", "pipe"]).exits(0);
    assert_eq!(reader.join().expect("it ends"), plan);

    fleet.trueup(&["plan", "--out", "."]).exits(1).says("could not be written");
    let left = std::fs::read_dir(fleet.path(".")).expect("the directory");
    let left: Vec<_> = left.map(|it| it.expect("an entry").file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
}

#[test]
fn a_link_to_nothing_is_refused_and_stays() {
    let fleet = planned();
    for (name, args) in [
        ("dangling-plan", ["plan", "--out", "dangling-plan"]),
        ("dangling-report", ["drift", "--report", "dangling-report"]),
    ] {
        std::os::unix::fs::symlink("nowhere", fleet.path(name)).expect("a link");
        let says = format!("`{name}` is a link to `nowhere`, which is not there");
        fleet.trueup(&args).exits(64).says(&says).says("nothing was contacted");
        assert!(fleet.path(name).is_symlink() && !fleet.path("nowhere").exists());
    }
}

#[test]
fn a_named_pipe_is_refused_and_a_shell_pipe_is_read() {
    let fleet = planned();
    let made = std::process::Command::new("mkfifo").arg(fleet.path("fifo.yaml")).status();
    assert!(made.is_ok_and(|status| status.success()));
    let refused = "`fifo.yaml` is a named pipe";
    fleet.trueup(&["validate", "-f", "fifo.yaml"]).exits(64).says(refused);
    fleet.trueup(&["apply", "--plan", "fifo.yaml"]).exits(64).says(refused);
    fleet.trueup(&["drift", "--baseline", "fifo.yaml"]).exits(64).says(refused);
    for script in [
        "cat trueup.yaml | \"$0\" validate -f /dev/stdin",
        "\"$0\" validate -f <(sleep 0.2; cat trueup.yaml)",
        "\"$0\" validate -f /dev/stdin < trueup.yaml",
    ] {
        let mut bash = std::process::Command::new("bash");
        bash.args(["-c", script, env!("CARGO_BIN_EXE_trueup")]).current_dir(fleet.path("."));
        let output = bash.output().expect("bash runs");
        assert!(output.status.success(), "{script}: {output:?}");
    }
}

#[test]
fn a_key_file_that_others_can_read_gets_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let fleet = planned();
    let manifest = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("the manifest");
    let (written, read) = ("api_key: { env: CHICAGO_API_KEY }", "api_key: { file: key }");
    assert!(manifest.contains(written), "{manifest}");
    fleet.write("trueup.yaml", &manifest.replace(written, read));
    fleet.write("key", &fleet.env()["CHICAGO_API_KEY"]);
    for (mode, warned) in [(0o644, true), (0o600, false)] {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(fleet.path("key"), permissions).expect("set");
        let ran = fleet.trueup(&["plan"]).exits(0);
        let warning =
            "warning: others can read `key`, the API key of `chicago`; run `chmod 600 key`";
        assert_eq!(ran.stderr.contains(warning), warned, "{ran:?}");
    }
}
