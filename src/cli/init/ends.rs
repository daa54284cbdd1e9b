//! Both systems with what they have: their names, and the hosts at which they reach each other.

use std::path::Path;

use crate::init::draft::Access;
use crate::init::{End, Known, Survey, name};
use crate::manifest::read::Text;
use crate::manifest::value::{Host, is_loopback};
use crate::model::KeySource;

use super::Side;
use super::pin;

/// Both systems with what they have, under the names that they get.
pub(crate) fn ends(sides: &[Side; 2], surveys: [Survey; 2], out: &Path, known: &Known) -> [End; 2] {
    let hostname = |survey: &Survey| survey.hostname.as_deref().and_then(name::of_host);
    let [source, destination] = surveys;
    let labels = [sides[0].label.clone(), sides[1].label.clone()];
    let [first, second] = name::apart(labels, [hostname(&source), hostname(&destination)]);
    let first = settled(&sides[0], first, known, |it| second.as_deref() == Some(it));
    let second = settled(&sides[1], second, known, |it| it == first);
    let hosts = [
        reached_at(&sides[0], &sides[1], &first, &source),
        reached_at(&sides[1], &sides[0], &second, &destination),
    ];
    let [first_host, second_host] = hosts;
    let end = |side: &Side, name: String, host, survey| End {
        name,
        access: Access {
            url: side.endpoint.url.clone(),
            username: side.endpoint.username.clone(),
            api_key: seen_from(out, &side.endpoint.api_key),
            sha256: pin::shown(&side.endpoint.trust),
        },
        url_host: side.host.clone(),
        host,
        survey,
    };
    [end(&sides[0], first, first_host, source), end(&sides[1], second, second_host, destination)]
}

/// A system's name: the one that it has, else that of its side, unless another system has it.
fn settled(
    side: &Side,
    found: Option<String>,
    known: &Known,
    taken: impl Fn(&str) -> bool,
) -> String {
    match (&side.label, found) {
        (Some(label), _) => label.clone(),
        (None, found) => {
            let wanted = found.unwrap_or_else(|| side.flag.into());
            name::free(&wanted, |it| taken(it) || known.has_system(it))
        }
    }
}

/// The host at which the other system reaches this one: that of its URL, unless that is this
/// machine's own (a tunnel, or trueup runs there) and the other system's is not. Then it is what
/// the system calls itself.
fn reached_at(side: &Side, other: &Side, name: &str, survey: &Survey) -> String {
    if !is_loopback(&side.host) || is_loopback(&other.host) {
        return side.host.clone();
    }
    let own = survey.hostname.clone().filter(|it| Host::parse(it).is_ok() && !is_loopback(it));
    own.unwrap_or_else(|| name.into())
}

/// The path of a key's file as the manifest must write it: it looks for relative paths in its own
/// folder.
fn seen_from(out: &Path, key: &KeySource) -> KeySource {
    let elsewhere = out.parent().is_some_and(|folder| !folder.as_os_str().is_empty());
    match key {
        KeySource::File(path) if elsewhere => {
            KeySource::File(std::path::absolute(path).unwrap_or_else(|_| path.clone()))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Endpoint, Trust};

    fn side(host: &str) -> Side {
        Side {
            flag: "destination",
            label: None,
            host: host.into(),
            endpoint: Endpoint {
                system: "chicago".into(),
                url: format!("https://{host}"),
                username: "truenas_admin".into(),
                api_key: KeySource::Env("KEY".into()),
                trust: Trust::Roots,
                place: None,
            },
        }
    }

    #[test]
    fn a_system_behind_a_tunnel_is_reached_at_its_own_name() {
        for (host, other, own, reached) in [
            ("nas.lan", "boston", Some("chicago"), "nas.lan"),
            ("localhost", "boston", Some("chicago.lan"), "chicago.lan"),
            ("127.0.0.1", "10.0.0.1", Some("localhost"), "chicago"),
            ("::1", "boston", Some("not a host"), "chicago"),
            ("localhost", "boston", None, "chicago"),
            ("127.0.0.1", "127.0.0.1", Some("chicago"), "127.0.0.1"),
        ] {
            let survey = Survey { hostname: own.map(Into::into), ..Survey::default() };
            let found = reached_at(&side(host), &side(other), "chicago", &survey);
            assert_eq!(found, reached, "{host} {other} {own:?}");
        }
    }
}
