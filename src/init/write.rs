//! The draft as the text of a manifest: in the order in which a person reads it, notes as comments.

use std::fmt::Write;

use crate::model::KeySource;
use crate::model::visible::visible;
use crate::model::yaml::scalar;

use super::draft::{
    Access, Admin, Connection, Dataset, Draft, Noted, Replication, Ssh, Sudo, System,
};

/// How wide a line may become, in columns.
const WIDTH: usize = 100;

/// The text of the manifest.
pub fn write(draft: &Draft) -> String {
    let mut page = Page::default();
    for (number, paragraph) in draft.about.iter().chain(&draft.warnings).enumerate() {
        if number > 0 {
            page.text.push_str("#\n");
        }
        page.comment(0, paragraph);
    }
    if !draft.left_out.is_empty() {
        page.text.push_str("#\n# Not in this file:\n");
        for line in &draft.left_out {
            page.comment(0, &format!("- {line}"));
        }
    }
    page.line(0, "version: 1", "");
    let systems: Vec<&System> = draft.systems.iter().filter(|it| !it.is_empty()).collect();
    if !systems.is_empty() {
        page.text.push_str("\nsystems:\n");
    }
    for (number, system) in systems.into_iter().enumerate() {
        if number > 0 {
            page.text.push('\n');
        }
        page.system(system);
    }
    page.text.push_str("\nreplications:\n");
    for replication in &draft.replications {
        let ends = (draft.systems.first(), draft.systems.get(1));
        if let (Some(source), Some(destination)) = ends {
            page.replication(replication, &source.name, &destination.name);
        }
    }
    page.text
}

/// A page that is being written.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    /// A line with its note: behind it where there is room, else above it.
    fn line(&mut self, indent: usize, line: &str, note: &str) {
        let note = one_line(note);
        let width = indent + line.chars().count() + note.chars().count() + 3;
        let space = " ".repeat(indent);
        if !note.is_empty() && width > WIDTH {
            self.comment(indent, &note);
        }
        let behind =
            if note.is_empty() || width > WIDTH { String::new() } else { format!(" # {note}") };
        // Writing into a text cannot fail.
        let _ = writeln!(self.text, "{space}{line}{behind}");
    }

    /// A paragraph of comments.
    fn comment(&mut self, indent: usize, paragraph: &str) {
        let space = format!("{}# ", " ".repeat(indent));
        let hanging =
            if paragraph.starts_with("- ") { format!("{space}  ") } else { space.clone() };
        let options = textwrap::Options::new(WIDTH)
            .initial_indent(&space)
            .subsequent_indent(&hanging)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        self.text += &textwrap::fill(&one_line(paragraph), options);
        self.text.push('\n');
    }

    fn system(&mut self, system: &System) {
        self.line(2, &format!("{}:", scalar(&system.name)), system.note);
        if let Some(access) = &system.access {
            self.access(access);
        }
        if let Some(ssh) = &system.ssh {
            self.ssh(ssh);
        }
        if !system.datasets.is_empty() {
            self.line(4, "datasets:", "");
            system.datasets.iter().for_each(|dataset| self.dataset(dataset));
        }
        if !system.admins.is_empty() {
            self.line(4, "admins:", "");
            system.admins.iter().for_each(|admin| self.admin(admin));
        }
    }

    fn access(&mut self, access: &Access) {
        self.line(4, &format!("url: {}", scalar(&access.url)), "");
        let username = format!("username: {}", scalar(&access.username));
        self.line(4, &username, "the owner of the API key");
        let key = match &access.api_key {
            KeySource::Env(name) => format!("{{ env: {name} }}"),
            KeySource::File(path) => format!("{{ file: {} }}", scalar(&path.to_string_lossy())),
        };
        self.line(4, &format!("api_key: {key}"), "never the key itself");
        if let Some(pin) = &access.sha256 {
            self.line(4, &format!("tls: {{ sha256: \"{pin}\" }}"), "");
        }
    }

    fn ssh(&mut self, ssh: &Ssh) {
        self.line(4, "ssh:", "");
        if let Some(note) = &ssh.running {
            self.line(6, "running: true", note);
        }
        if let Some(note) = &ssh.starts {
            self.line(6, "start_automatically: true", note);
        }
        if let Some(Noted { value, note }) = &ssh.password_login {
            self.line(6, &format!("password_login: {value}"), note);
        }
    }

    fn dataset(&mut self, dataset: &Dataset) {
        let mut fields = Vec::new();
        if dataset.create_ancestors {
            fields.push(("create_ancestors", "true".to_owned()));
        }
        if !dataset.exists && dataset.holds_copies {
            fields.push(("compression", "zstd".to_owned()));
        }
        self.line(6, &format!("{}: {}", scalar(&dataset.name), flow(&fields)), &dataset.note);
    }

    fn admin(&mut self, admin: &Admin) {
        self.line(6, &format!("{}:", scalar(&admin.name.value)), &admin.name.note);
        if let Some(home) = &admin.home {
            let path = flow(&[("path", scalar(&home.value))]);
            self.line(8, &format!("home: {path}"), &home.note);
        }
        self.line(8, "ssh_access: true", &admin.ssh_access);
        if let Some(sudo) = &admin.sudo {
            let commands = match sudo.value {
                Sudo::Zfs => "zfs",
                Sudo::All => "all",
            };
            self.line(8, &format!("sudo: {{ no_password: {commands} }}"), &sudo.note);
        }
    }

    fn replication(&mut self, replication: &Replication, source: &str, destination: &str) {
        self.line(2, &format!("{}:", scalar(&replication.name.value)), &replication.name.note);
        self.source(replication, source);
        let mut fields = vec![("system", scalar(destination))];
        fields.extend(replication.dataset.as_ref().map(|it| ("dataset", scalar(&it.value))));
        fields.push(("admin", scalar(&replication.admin)));
        let note = replication.dataset.as_ref().map_or("", |it| &it.note);
        self.mapping("destination", &fields, note);
        let on = match &replication.source_admin {
            Some(_) => "[source, destination]",
            None => "[destination]",
        };
        let key = [("name", scalar(&replication.key.value)), ("authorize_on", on.to_owned())];
        self.mapping("key", &key, &replication.key.note);
        let Connection { name, host, port, timeout } = &replication.connection;
        let mut fields = vec![("name", scalar(&name.value))];
        fields.extend(host.as_ref().map(|it| ("host", scalar(it))));
        fields.extend(port.map(|it| ("port", it.to_string())));
        fields.extend(timeout.map(|it| ("timeout", it.to_string())));
        self.mapping("connection", &fields, &name.note);
    }

    fn source(&mut self, replication: &Replication, source: &str) {
        let Noted { value: datasets, note } = &replication.datasets;
        let admin = replication.source_admin.as_ref().map(|it| ("admin", scalar(it)));
        let mut fields = vec![("system", scalar(source))];
        let listed: Vec<String> = datasets.iter().map(|it| scalar(it)).collect();
        let in_flow = format!("[{}]", listed.join(", "));
        if in_flow.len() <= WIDTH / 2 {
            fields.extend((!listed.is_empty()).then_some(("datasets", in_flow)));
            fields.extend(admin);
            return self.mapping("source", &fields, note);
        }
        self.line(4, "source:", "");
        self.line(6, &format!("system: {}", scalar(source)), "");
        self.line(6, "datasets:", note);
        listed.iter().for_each(|dataset| self.line(8, &format!("- {dataset}"), ""));
        if let Some((field, value)) = admin {
            self.line(6, &format!("{field}: {value}"), "");
        }
    }

    /// A mapping on one line if it fits, else a line per field.
    fn mapping(&mut self, name: &str, fields: &[(&str, String)], note: &str) {
        let line = format!("{name}: {}", flow(fields));
        if line.chars().count() + 4 <= WIDTH {
            return self.line(4, &line, note);
        }
        self.line(4, &format!("{name}:"), note);
        for (field, value) in fields {
            self.line(6, &format!("{field}: {value}"), "");
        }
    }
}

/// A mapping in braces.
fn flow(fields: &[(&str, String)]) -> String {
    if fields.is_empty() {
        return "{}".into();
    }
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{{ {} }}", fields.join(", "))
}

/// A note without what could end its line.
fn one_line(note: &str) -> String {
    let spaced: String = note.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible(&spaced).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_stands_behind_its_line_or_above_it() {
        let mut page = Page::default();
        page.line(2, "a: 1", "short\nnote");
        page.line(2, "b: 2", &"long ".repeat(30));
        let long = page.text.lines().nth(1).expect("a line");
        assert!(page.text.starts_with("  a: 1 # short note\n  # long long"), "{}", page.text);
        assert!(long.len() <= WIDTH && page.text.ends_with("\n  b: 2\n"), "{}", page.text);
    }
}
