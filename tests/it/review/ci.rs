//! The example pipelines, followed as a new user would: their own commands, run by bash with the
//! built trueup and the simulated pair. GitHub's `gh` and GitLab's API are stand-ins; what the
//! files ask of them goes through the files' own `jq`.

// The harness shows what a step said where it did not end as it should.
#![allow(clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Fleet, repository};

/// What a pull request proposes: the quickstart, without how its systems are reached.
fn proposal() -> String {
    let text = std::fs::read_to_string(repository("examples/quickstart.yaml")).expect("a manifest");
    let reaching = ["url:", "username:", "api_key:", "tls:"];
    let lines = text.lines().filter(|line| !reaching.iter().any(|it| line.trim().starts_with(it)));
    // A system without anything of its own is no mapping any more.
    lines.map(|line| format!("{line}\n")).collect::<String>().replace("  boston:  ", "  boston: {}")
}

/// The inventory: everything as text but the accounts and their keys.
fn inventory(fleet: &Fleet) -> String {
    let env = fleet.env();
    let mut text = String::from("version: 1\nsystems:\n");
    for system in ["boston", "chicago"] {
        let upper = system.to_uppercase();
        text += &format!(
            "  {system}:\n    url: {}\n    username: {{ env: {upper}_USERNAME }}\n    api_key: {{ env: {upper}_API_KEY }}\n    tls: {{ sha256: \"{}\" }}\n",
            env[&format!("{upper}_URL")],
            env[&format!("{upper}_TLS_SHA256")],
        );
    }
    text
}

/// The simulated pair, with the accounts that the examples ask for: one whose key plans, and
/// another whose key applies.
fn pair() -> Fleet {
    let text = std::fs::read_to_string(repository("examples/fleet.yaml")).expect("a fleet");
    let mut fleet: Value = serde_yaml::from_str(&text).expect("YAML");
    let planner = ["READONLY_ADMIN", "KEYCHAIN_CREDENTIAL_WRITE"];
    for (system, roles) in [("boston", &planner[..]), ("chicago", &planner[..1])] {
        fleet["systems"][system]["api_keys"] = json!({
            "planner": { "username": "planner", "roles": roles },
            "applier": { "username": "applier", "roles": ["FULL_ADMIN"] },
        });
    }
    Fleet::start(&fleet.to_string())
}

/// What an environment of the pipeline holds: accounts and keys of its own.
fn environment_of(fleet: &Fleet, name: &str) -> BTreeMap<String, String> {
    let account = match name {
        "trueup-plan" | "trueup/plan" => "planner",
        "trueup-apply" | "trueup/apply" => "applier",
        other => panic!("there is no environment {other}"),
    };
    let mut variables = BTreeMap::new();
    for system in ["boston", "chicago"] {
        let upper = system.to_uppercase();
        variables.insert(format!("{upper}_USERNAME"), account.to_owned());
        variables.insert(format!("{upper}_API_KEY"), fleet.api_key(system, account));
    }
    variables
}

fn yaml(path: &str) -> Value {
    let text = std::fs::read_to_string(repository(path)).expect("a file");
    serde_yaml::from_str(&text).expect("YAML")
}

fn sent(fleet: &Fleet) -> usize {
    fleet.mutations("boston") + fleet.mutations("chicago")
}

/// bash in the fleet's folder with these variables and no others of ours.
fn bash(fleet: &Fleet, script: &str, path: &str, env: &BTreeMap<String, String>) -> Output {
    let mut command = Command::new("bash");
    command.args(["-e", "-o", "pipefail", "-c", script]).current_dir(fleet.path("."));
    command.env_clear().env("PATH", path).env("HOME", fleet.path(".")).envs(env);
    command.env("STATE", fleet.path("state")).env("TERM", "dumb");
    command.output().expect("bash runs")
}

fn system_path() -> String {
    std::env::var("PATH").expect("a PATH")
}

fn stand_ins() -> String {
    format!("{}:{}", repository("tests/it/review/stand_ins").display(), system_path())
}

/// A folder in which trueup is `trueup`.
fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_trueup"))
}

/// A run of one job of the GitHub workflow.
struct Job<'a> {
    fleet: &'a Fleet,
    path: String,
    environment: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
}

impl Job<'_> {
    /// Runs the job's steps as a runner would; the exit code of the first that fails, else 0.
    fn run(fleet: &Fleet, name: &str) -> i32 {
        let workflow = yaml("examples/ci/github-actions.yml");
        let only_gh = fleet.path("bin");
        std::fs::create_dir_all(&only_gh).expect("a folder");
        std::fs::copy(repository("tests/it/review/stand_ins/gh"), only_gh.join("gh")).expect("gh");
        std::fs::create_dir_all(fleet.path("state")).expect("a folder");
        assert_eq!(workflow["jobs"][name]["runs-on"], json!(["self-hosted", "trueup"]));
        let environment = workflow["jobs"][name]["environment"].as_str().expect("an environment");
        let environment = environment_of(fleet, environment);
        let path = format!("{}:{}", only_gh.display(), system_path());
        let mut job = Job { fleet, path, environment, outputs: BTreeMap::new() };
        let mut failed = 0;
        for step in workflow["jobs"][name]["steps"].as_array().expect("steps") {
            let condition = step["if"].as_str().unwrap_or_default();
            if (failed != 0 && !condition.contains("always()")) || !job.holds(condition) {
                continue;
            }
            let code = job.step(step);
            failed = if failed == 0 { code } else { failed };
        }
        failed
    }

    /// Whether the files of which a condition speaks are there.
    fn holds(&self, condition: &str) -> bool {
        let file = condition.split("hashFiles('").nth(1).and_then(|it| it.split('\'').next());
        file.is_none_or(|file| self.fleet.path(file).exists())
    }

    fn step(&mut self, step: &Value) -> i32 {
        if let Some(action) = step["uses"].as_str() {
            return self.action(action, &step["with"]);
        }
        let mut env: BTreeMap<String, String> = step["env"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), self.filled(value.as_str().expect("text"))))
            .collect();
        for file in ["GITHUB_OUTPUT", "GITHUB_PATH"] {
            self.fleet.write(file, "");
            env.insert(file.into(), self.fleet.path(file).display().to_string());
        }
        env.insert("RUNNER_TEMP".into(), self.fleet.path("temp").display().to_string());
        let script = step["run"].as_str().expect("a script");
        assert!(!script.contains("${{"), "values go through the environment: {script}");
        let output = bash(self.fleet, script, &self.path, &env);
        let read = |file| std::fs::read_to_string(self.fleet.path(file)).expect("a file");
        for folder in read("GITHUB_PATH").lines() {
            self.path = format!("{folder}:{}", self.path);
        }
        for (name, value) in read("GITHUB_OUTPUT").lines().filter_map(|it| it.split_once('=')) {
            let id = step["id"].as_str().expect("an id");
            self.outputs.insert(format!("steps.{id}.outputs.{name}"), value.into());
        }
        let code = output.status.code().unwrap_or(-1);
        eprintln!("{}: {code}\n{}", step["name"], String::from_utf8_lossy(&output.stderr));
        code
    }

    /// Checkouts are there already; what is uploaded becomes an artifact of run 42.
    fn action(&self, action: &str, with: &Value) -> i32 {
        match action {
            "actions/checkout@v4" => assert_eq!(with["persist-credentials"], false),
            "actions/upload-artifact@v4" => {
                let name = self.filled(with["name"].as_str().expect("a name"));
                let file = self.fleet.path(with["path"].as_str().expect("a path"));
                let to = self.fleet.path(&format!("state/artifact-42-{name}"));
                std::fs::copy(file, to).expect("an artifact");
            }
            other => panic!("{other} is not known here"),
        }
        0
    }

    /// A text with its expressions replaced by what a run on pull request 7 has.
    fn filled(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("${{ ") else { return text.into() };
        let (expression, after) = rest.split_once(" }}").expect("an end");
        let value = match expression {
            "vars.TRUEUP_URL" => format!("file://{}", binary().display()),
            "vars.TRUEUP_SHA256" => {
                let hash = Sha256::digest(std::fs::read(binary()).expect("the binary"));
                hash.iter().map(|byte| format!("{byte:02x}")).collect()
            }
            "github.token" => "token".into(),
            "github.repository" => "owner/repository".into(),
            "github.event.pull_request.number" => "7".into(),
            "github.event.pull_request.head.sha" => "abc123".into(),
            other => match other.strip_prefix("secrets.").or(other.strip_prefix("vars.")) {
                Some(name) => self.environment[name].clone(),
                None => self.outputs[other].clone(),
            },
        };
        format!("{before}{value}{}", self.filled(after))
    }
}

fn comments(fleet: &Fleet, folder: &str) -> Vec<String> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(fleet.path(folder))
        .expect("comments")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).expect("a comment")).collect()
}

/// Somebody stops chicago's SSH service.
fn tamper(fleet: &Fleet) {
    fleet.job("chicago", "service.control", json!(["STOP", "ssh", { "silent": false }]));
}

#[test]
fn github_from_the_pull_request_to_the_nightly_drift() {
    let fleet = pair();
    for folder in ["base", "proposed"] {
        std::fs::create_dir_all(fleet.path(folder)).expect("a folder");
    }
    fleet.write("base/inventory.yaml", &inventory(&fleet));
    fleet.write("base/trueup.yaml", "version: 1\n");

    // A pull request that would send the keys elsewhere gets no plan, and its comment says so.
    let evil = "version: 1\nsystems:\n  boston:\n    url: https://evil.example.net\n";
    fleet.write("proposed/trueup.yaml", evil);
    assert_eq!(Job::run(&fleet, "plan"), 64);
    assert!(comments(&fleet, "state/comments")[0].contains("no plan (exit code 64)"));
    assert_eq!(fleet.calls("boston").requests, 0);

    fleet.write("proposed/trueup.yaml", &proposal());
    for _ in ["opened", "synchronize"] {
        assert_eq!(Job::run(&fleet, "plan"), 0);
        let comments = comments(&fleet, "state/comments");
        assert_eq!(comments.len(), 1, "its own comment is written anew");
        assert!(comments[0].contains(" to create"), "{}", comments[0]);
    }
    assert_eq!(sent(&fleet), 0, "planning sends nothing");

    // Merged. A branch's own workflow left an artifact of the same name.
    std::fs::copy(fleet.path("proposed/trueup.yaml"), fleet.path("base/trueup.yaml"))
        .expect("a merge");
    let artifact = |run: u64| json!({ "expired": false, "workflow_run": { "id": run } });
    let list = json!({ "artifacts": [artifact(666), artifact(42)] });
    fleet.write("state/artifacts.json", &list.to_string());
    let run = |event: &str| json!({ "event": event, "path": ".github/workflows/trueup.yml" });
    fleet.write("state/run-666.json", &run("push").to_string());
    fleet.write("state/artifact-666-trueup-plan-abc123", "{}");
    fleet.write("state/run-42.json", &run("push").to_string());
    assert_ne!(Job::run(&fleet, "apply"), 0, "only a run that no branch can forge counts");
    assert_eq!(sent(&fleet), 0);
    fleet.write("state/run-42.json", &run("pull_request_target").to_string());
    assert_eq!(Job::run(&fleet, "apply"), 0);
    let last = comments(&fleet, "state/comments").pop().expect("a comment");
    assert!(last.contains("proven: the source lists the remote's datasets"), "{last}");

    let issue = || std::fs::read_to_string(fleet.path("state/issue")).ok();
    assert_eq!((Job::run(&fleet, "drift"), issue()), (0, None));
    tamper(&fleet);
    for _ in ["opened", "updated"] {
        assert_eq!(Job::run(&fleet, "drift"), 0);
        says_who_stopped_ssh(&issue().expect("an issue"));
    }
    fleet.job("chicago", "service.control", json!(["START", "ssh", { "silent": false }]));
    assert_eq!((Job::run(&fleet, "drift"), issue()), (0, None));

    // What a person must decide is red, and kept for whoever does.
    let port = fleet.env()["CHICAGO_SSH_PORT"].parse::<u16>().expect("a port") ^ 1;
    let moved = proposal().replace("    ssh:\n", &format!("    ssh:\n      port: {port}\n"));
    for (text, told) in [
        (moved, "**moves-ssh-port**"),
        (proposal().replace("backup/home:", "nopool/home:"), "**no-such-pool**"),
    ] {
        fleet.write("proposed/trueup.yaml", &text);
        std::fs::remove_file(fleet.path("state/artifact-42-trueup-plan-abc123"))
            .expect("an artifact");
        assert_eq!(Job::run(&fleet, "plan"), 4, "{told}");
        assert!(comments(&fleet, "state/comments")[0].contains(told), "{told}");
        assert!(fleet.path("state/artifact-42-trueup-plan-abc123").exists());
    }
}

/// The issue is the capped Markdown report, and names who did it.
fn says_who_stopped_ssh(issue: &str) {
    assert!(issue.starts_with("<!-- trueup:drift -->\n### trueup: drift: 1 changed\n"), "{issue}");
    assert!(issue.contains("running by truenas&#95;admin, "), "{issue}");
}

/// Runs a job of the GitLab pipeline; its exit code.
fn gitlab(fleet: &Fleet, name: &str, commit: &str) -> i32 {
    gitlab_into("main", fleet, name, commit)
}

/// Runs a job of the GitLab pipeline for a merge request into a branch; its exit code.
fn gitlab_into(branch: &str, fleet: &Fleet, name: &str, commit: &str) -> i32 {
    let pipeline = yaml("examples/ci/gitlab-ci.yml");
    let script = pipeline[name]["script"][0].as_str().expect("a script");
    let mut env: BTreeMap<String, String> = [
        ("CI_API_V4_URL", "https://gitlab.example.net/api/v4"),
        ("CI_PROJECT_ID", "1"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", branch),
        ("CI_DEFAULT_BRANCH", "main"),
        ("CI_COMMIT_SHA", commit),
        ("TRUEUP_API_TOKEN", "token"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), value.to_string()))
    .collect();
    assert_eq!(pipeline["default"]["tags"], json!(["trueup"]));
    let environment = pipeline[name]["environment"]["name"].as_str().expect("an environment");
    env.extend(environment_of(fleet, environment));
    std::fs::create_dir_all(fleet.path("state")).expect("a folder");
    let trueup = binary();
    let folder = trueup.parent().map(Path::display).expect("a folder");
    let output = bash(fleet, script, &format!("{folder}:{}", stand_ins()), &env);
    eprintln!("{name}: {}", String::from_utf8_lossy(&output.stderr));
    output.status.code().unwrap_or(-1)
}

fn git(fleet: &Fleet, script: &str) {
    let script = format!(
        "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b; {script}"
    );
    let output = bash(fleet, &script, &system_path(), &BTreeMap::new());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn gitlab_from_the_merge_request_to_the_nightly_drift() {
    let fleet = pair();
    fleet.write("inventory.yaml", &inventory(&fleet));
    fleet.write("trueup.yaml", "version: 1\n");
    git(
        &fleet,
        "git init -q -b main; git add inventory.yaml trueup.yaml; git commit -qm base; git remote add origin .",
    );
    // The merge request's own inventory does not count, nor does that of a branch or a tag that
    // somebody pushed.
    let evil = "version: 1\nsystems: { boston: { url: https://evil.example.net } }\n";
    fleet.write("inventory.yaml", evil);
    git(
        &fleet,
        "git checkout -q -b mine; git commit -qam evil; git tag main; git checkout -q heads/main",
    );
    fleet.write("inventory.yaml", evil);
    fleet.write("trueup.yaml", &proposal());
    assert_eq!(gitlab_into("mine", &fleet, "plan", "head"), 1);

    // A proposal that is a link shows nothing of what it leads to, and its plan.json is not kept.
    let secret = fleet.path("secret");
    std::fs::write(&secret, "hunter2: the secret\n").expect("a file");
    std::fs::remove_file(fleet.path("trueup.yaml")).expect("removed");
    std::os::unix::fs::symlink(&secret, fleet.path("trueup.yaml")).expect("a link");
    fleet.write("plan.json", "{}");
    assert_eq!(gitlab(&fleet, "plan", "head"), 64);
    let note = comments(&fleet, "state/notes").pop().expect("a note");
    assert!(note.contains("no plan (exit code 64)") && !note.contains("hunter2"), "{note}");
    assert!(!fleet.path("plan.json").exists());
    std::fs::remove_file(fleet.path("trueup.yaml")).expect("removed");
    assert_eq!(fleet.calls("boston").requests, 0);

    // A link of the name of what is written is not written through.
    std::os::unix::fs::symlink(&secret, fleet.path("plan.json")).expect("a link");
    fleet.write("trueup.yaml", &proposal());
    for _ in ["opened", "pushed"] {
        assert_eq!(gitlab(&fleet, "plan", "head"), 0);
        let notes = comments(&fleet, "state/notes");
        assert_eq!(notes.len(), 1, "its own note is written anew");
        assert!(notes[0].contains(" to create"), "{}", notes[0]);
    }
    assert_eq!(sent(&fleet), 0);
    let kept = std::fs::read_to_string(secret).expect("a file");
    assert_eq!(kept, "hunter2: the secret\n");
    assert!(!fleet.path("plan.json").is_symlink() && !fleet.path(".api").exists());

    git(&fleet, "git checkout -q heads/main -- inventory.yaml");
    std::fs::rename(fleet.path("plan.json"), fleet.path("state/artifact")).expect("an artifact");
    assert_ne!(gitlab(&fleet, "apply", "pushed-past-the-review"), 0);
    assert_ne!(gitlab(&fleet, "apply", "amended"), 0);
    assert_eq!(sent(&fleet), 0);
    assert_eq!(gitlab(&fleet, "apply", "merged"), 0);
    assert!(sent(&fleet) > 0);

    let issue = || std::fs::read_to_string(fleet.path("state/issue")).ok();
    assert_eq!((gitlab(&fleet, "drift", "merged"), issue()), (0, None));
    tamper(&fleet);
    for _ in ["opened", "updated"] {
        assert_eq!(gitlab(&fleet, "drift", "merged"), 0);
        says_who_stopped_ssh(&issue().expect("an issue"));
    }
    fleet.job("chicago", "service.control", json!(["START", "ssh", { "silent": false }]));
    assert_eq!((gitlab(&fleet, "drift", "merged"), issue()), (0, None));

    // What a person must decide is red.
    fleet.write("trueup.yaml", &proposal().replace("backup/home:", "nopool/home:"));
    assert_eq!(gitlab(&fleet, "plan", "head"), 4);
    assert!(comments(&fleet, "state/notes")[0].contains("**no-such-pool**"));
}

/// The unit's command is one that trueup takes; systemd's own opinion where it is installed.
#[test]
fn the_systemd_units() {
    let service = std::fs::read_to_string(repository("examples/systemd/trueup-drift.service"));
    let service = service.expect("a unit");
    let command = service.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/trueup "));
    let args: Vec<&str> = command.expect("a command").split(' ').collect();
    let fleet = pair();
    let manifest = fleet.path("trueup.yaml").display().to_string();
    fleet.write("trueup.yaml", &inventory(&fleet));
    let args: Vec<&str> = args
        .iter()
        .map(|it| if *it == "/etc/trueup/trueup.yaml" { &manifest } else { *it })
        .collect();
    fleet.trueup(&args).exits(0);

    let units = ["service", "timer"].map(|kind| format!("trueup-drift.{kind}"));
    for unit in &units {
        let text = std::fs::read_to_string(repository(&format!("examples/systemd/{unit}")));
        let text = text.expect("a unit").replace("/usr/bin/trueup", "/bin/true");
        // Neither the program nor its manual is installed here.
        fleet.write(unit, &text.replace("Documentation=", "# Documentation="));
    }
    let mut verify = Command::new("systemd-analyze");
    match verify.arg("verify").args(units).current_dir(fleet.path(".")).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            let ours: Vec<&str> =
                text.lines().filter(|line| line.contains("trueup-drift")).collect();
            assert!(ours.is_empty(), "{text}");
        }
        Err(_) => crate::support::skip::skip("there is no systemd-analyze"),
    }
}
