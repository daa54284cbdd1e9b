//! Running commands: shells, what is built into them, and programs.

use super::super::system::System;
use super::syntax::{self, Command, Piece, Target, When, Word};
use super::{Output, Process, Stream, path, sudo, zfs};

/// How deep shells may start shells.
const DEEPEST: usize = 16;

/// Runs a program by its name or path; `asked_by` is the shell that says so if there is none.
pub fn run(
    system: &mut System,
    process: &mut Process,
    arguments: &[String],
    asked_by: &str,
) -> Output {
    let Some(name) = arguments.first() else { return Output::status(0) };
    let directories = process.env.get("PATH").map(String::as_str).unwrap_or_default();
    let Some(found) = path::find(name, directories) else {
        return Output::error(127, not_found(asked_by, name));
    };
    let rest = &arguments[1..];
    match path::base(&found) {
        "true" => Output::status(0),
        "false" | "cli" | "cli_console" => Output::status(1),
        "echo" => echo(rest),
        "hostname" => Output::out(format!("{}\n", system.hostname)),
        "id" => id(system, process, rest),
        "nologin" => Output {
            written: vec![(Stream::Out, "This account is currently not available.\n".to_owned())],
            status: 1,
        },
        "sudo" => sudo::run(system, process, rest),
        "whoami" => Output::out(format!("{}\n", process.user)),
        "zfs" => zfs::run(system, process.uid, rest),
        shell => match rest {
            [option, script, ..] if option.starts_with('-') && option.ends_with('c') => {
                // tmux has no language of its own: it hands a command to a shell (tmux(1), `-c`).
                let shell = if shell == "tmux" { "sh" } else { shell };
                run_script(system, process, script, shell)
            }
            [] => Output::status(0),
            [file, ..] => {
                Output::error(127, format!("{shell}: {file}: No such file or directory\n"))
            }
        },
    }
}

fn not_found(shell: &str, name: &str) -> String {
    match shell {
        "zsh" if name.contains('/') => format!("zsh:1: no such file or directory: {name}\n"),
        "zsh" => format!("zsh:1: command not found: {name}\n"),
        "bash" | "rbash" if name.contains('/') => {
            format!("bash: line 1: {name}: No such file or directory\n")
        }
        "bash" | "rbash" => format!("bash: line 1: {name}: command not found\n"),
        shell => format!("{shell}: 1: {name}: not found\n"),
    }
}

/// Runs a script in a shell of its own.
fn run_script(system: &mut System, process: &Process, script: &str, shell: &str) -> Output {
    let depth = process.env.get("SHLVL").and_then(|level| level.parse().ok()).unwrap_or(0);
    if depth >= DEEPEST {
        return Output::error(2, format!("{shell}: 1: too many shells\n"));
    }
    let commands = match syntax::parse(script) {
        Ok(commands) => commands,
        Err(error) => return Output::error(2, format!("{shell}: 1: {error}\n")),
    };
    let mut inner = process.clone();
    inner.env.insert("SHLVL".to_owned(), (depth + 1).to_string());
    let mut output = Output::default();
    for command in &commands {
        let runs = match command.when {
            When::Always => true,
            When::Success => output.status == 0,
            When::Failure => output.status != 0,
        };
        if !runs {
            continue;
        }
        let done = run_command(system, &mut inner, command, output.status, shell);
        output.status = done.output.status;
        output.written.extend(done.output.written);
        if done.exits {
            break;
        }
    }
    output
}

struct Done {
    output: Output,
    exits: bool,
}

fn run_command(
    system: &mut System,
    process: &mut Process,
    command: &Command,
    status: u32,
    shell: &str,
) -> Done {
    let filled = |process: &Process, word: &Word| fill(word, process, status);
    let words: Vec<String> = command
        .words
        .iter()
        .map(|word| (filled(process, word), word))
        // A variable that is empty and not quoted leaves no word behind.
        .filter(|(text, word)| {
            !text.is_empty() || word.iter().all(|it| matches!(it, Piece::Text(_)))
        })
        .map(|(text, _)| text)
        .collect();
    let mut exits = false;
    let mut output = match words.first().map(String::as_str) {
        None => {
            for (name, word) in &command.assignments {
                let value = filled(process, word);
                process.env.insert(name.clone(), value);
            }
            Output::status(0)
        }
        Some(":" | "cd" | "export" | "umask") => Output::status(0),
        Some("exit") => {
            exits = true;
            Output::status(words.get(1).and_then(|code| code.parse().ok()).unwrap_or(status))
        }
        Some("echo") => echo(&words[1..]),
        Some("true") => Output::status(0),
        Some("false") => Output::status(1),
        Some(first) => {
            let skipped = usize::from(first == "exec" || first == "command");
            exits = first == "exec";
            let mut child = process.clone();
            for (name, word) in &command.assignments {
                let value = filled(process, word);
                child.env.insert(name.clone(), value);
            }
            run(system, &mut child, &words[skipped..], shell)
        }
    };
    redirect(&mut output, command);
    Done { output, exits }
}

fn fill(word: &[Piece], process: &Process, status: u32) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Variable(name) if name == "?" => status.to_string(),
        Piece::Variable(name) => process.env.get(name).cloned().unwrap_or_default(),
    };
    word.iter().map(piece).collect()
}

/// Sends the streams where the redirections say, each as the ones before it left them.
fn redirect(output: &mut Output, command: &Command) {
    let (mut out, mut err) = (Target::Out, Target::Err);
    for (stream, target) in &command.redirections {
        let target = match target {
            Target::Out => out,
            Target::Err => err,
            Target::Nowhere => Target::Nowhere,
        };
        *(if *stream == 1 { &mut out } else { &mut err }) = target;
    }
    let written = std::mem::take(&mut output.written);
    output.written = written
        .into_iter()
        .filter_map(|(stream, text)| match if stream == Stream::Out { out } else { err } {
            Target::Out => Some((Stream::Out, text)),
            Target::Err => Some((Stream::Err, text)),
            Target::Nowhere => None,
        })
        .collect();
}

fn echo(words: &[String]) -> Output {
    match words.split_first() {
        Some((first, rest)) if first == "-n" => Output::out(rest.join(" ")),
        _ => Output::out(format!("{}\n", words.join(" "))),
    }
}

fn id(system: &System, process: &Process, arguments: &[String]) -> Output {
    let option = arguments.first().map(String::as_str);
    let Some(user) = system.accounts.user(&process.user) else { return Output::status(1) };
    let named =
        |id: &i64| system.accounts.groups.get(id).map(|group| (group.gid, group.name.clone()));
    let group = named(&user.group).unwrap_or_default();
    let further = user.groups.iter().filter(|id| **id != user.group).filter_map(named);
    let groups: Vec<(u32, String)> = std::iter::once(group.clone()).chain(further).collect();
    let listed: Vec<String> = groups.iter().map(|(gid, name)| format!("{gid}({name})")).collect();
    Output::out(match option {
        Some("-u") => format!("{}\n", user.uid),
        Some("-un" | "-nu") => format!("{}\n", user.username),
        Some("-g") => format!("{}\n", group.0),
        Some("-gn" | "-ng") => format!("{}\n", group.1),
        Some("-Gn" | "-nG") => {
            let names: Vec<String> = groups.into_iter().map(|(_, name)| name).collect();
            format!("{}\n", names.join(" "))
        }
        Some(other) => {
            let text = format!("id: invalid option or user '{other}'\n");
            return Output::error(1, text);
        }
        None => format!(
            "uid={}({}) gid={}({}) groups={}\n",
            user.uid,
            user.username,
            group.0,
            group.1,
            listed.join(",")
        ),
    })
}
