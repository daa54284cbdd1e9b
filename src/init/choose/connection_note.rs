//! What is said of a connection beside its line: what apply changes of it, and what may be wrong.

use crate::init::survey::Target;

use super::End;

/// What is said of a connection that is kept as it is, or not quite.
pub(super) fn connection_note(target: &Target, destination: &End) -> String {
    let Some(ssh) = &destination.survey.ssh else { return String::new() };
    let name = &destination.name;
    let mut notes = Vec::new();
    if ssh.host_keys.is_empty() {
        notes.push(format!(
            "{name} has no host keys before its SSH service first starts: apply sets them"
        ));
    } else if ssh.host_keys != target.host_keys {
        notes.push(format!("its host keys are not those that {name} reports: apply sets them"));
    }
    let is_url_host = target.host.eq_ignore_ascii_case(&destination.url_host);
    if !is_url_host && !destination.is_at(&target.host) {
        notes.push(format!("without `host` apply points it to {}", destination.host));
    }
    if let Some(own) = ssh.port.filter(|own| is_url_host && *own != target.port) {
        notes.push(format!(
            "{name}'s SSH service listens on {own}: leave `port` out, unless port {} is forwarded",
            target.port
        ));
    }
    notes.join("; ")
}
