//! Which certificates are believed before a key is sent: a pin from the command line, public roots,
//! or what a person at the terminal has compared.

use crate::cli::exit::Problem;
use crate::cli::{Exit, Failure, output, shell};
use crate::manifest::value::Fingerprint;
use crate::model::Trust;
use crate::render::trust::CertificateText;
use crate::truenas_client::fingerprints::{Fingerprints, fingerprints};
use crate::truenas_client::tls::certificate::colon_hex;
use crate::truenas_client::{OpenError, Options};

use super::Side;

/// What a pin from the command line makes trusted; without one, public roots.
pub(super) fn trust(pin: Option<Fingerprint>) -> Trust {
    pin.map_or(Trust::Roots, |pin| Trust::Certificate(vec![pin.0]))
}

/// The pin as a manifest writes it.
pub(super) fn shown(trust: &Trust) -> Option<String> {
    match trust {
        Trust::Certificate(pins) => pins.first().map(|pin| colon_hex(pin)),
        _ => None,
    }
}

/// Looks at the certificates that nobody pinned. Where public roots vouch for one, nothing is to
/// be decided; else a person is asked.
///
/// # Errors
/// A system that shows no certificate, one that nobody vouches for with nobody there to ask, or a
/// person who does not believe it.
pub(super) async fn settle(sides: &mut [Side; 2]) -> Result<(), Failure> {
    let mut failure = Failure::told(Exit::Failed);
    for side in sides.iter_mut().filter(|side| side.endpoint.trust == Trust::Roots) {
        match fingerprints(&side.endpoint.url, &Options::default()).await {
            Ok(found) if found.vouched_for => {}
            Ok(found) if output::can_ask() => side.endpoint.trust = asked(side, &found)?,
            Ok(_) => failure.problems.push(unpinned(side)),
            Err(error) => {
                let remedy = Some(error.remedy());
                let system = side.endpoint.system.clone();
                let message = OpenError { system, ..error }.to_string();
                failure.problems.push(Problem { message, remedy });
            }
        }
    }
    if failure.problems.is_empty() { Ok(()) } else { Err(failure) }
}

/// The certificate, once a person has compared it.
fn asked(side: &Side, found: &Fingerprints) -> Result<Trust, Failure> {
    let url = &side.endpoint.url;
    output::note(CertificateText { url, found, width: output::width() });
    if output::ask("Is it the same?") {
        output::note("");
        return Ok(Trust::Certificate(vec![found.certificate.sha256]));
    }
    Err(Failure::new(Exit::Refused, format!("the certificate of {url} is not believed"))
        .remedy("No API key was sent."))
}

fn unpinned(side: &Side) -> Problem {
    let (url, flag, trueup) = (&side.endpoint.url, side.flag, shell::this_program());
    Problem {
        message: format!(
            "`{}` ({url}): nobody vouches for its certificate, and there is no terminal to ask at",
            side.endpoint.system
        ),
        remedy: Some(format!(
            "No API key was sent. See the certificate, compare it with the system's own, and give \
             its SHA-256 with `--{flag}-sha256`:\n\n  {trueup} trust {url}\n"
        )),
    }
}
