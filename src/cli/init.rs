//! `trueup init`: writes a first manifest from two systems as they are.

mod beside;
pub(crate) mod ends;
mod pin;
pub(crate) mod side;
#[cfg(feature = "sim")]
mod simulated;

use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::SecretString;

use crate::init::{self, Survey, choose};
use crate::manifest::files;
use crate::manifest::value::{EnvName, Fingerprint, Login, SystemName, Url};
use crate::manifest::{self, Diagnostic, Document, Manifest};
use crate::model::Endpoint;
use crate::observe::{System, Systems, observe};
use crate::plan::{Inputs, Selection, plan};
use crate::render::diagnostic;
use crate::render::plan::headline;
use crate::render::style::{count, paragraph};
use crate::truenas_client::{self, Options, Reason, Session};

use super::argument::AsInManifest;
use super::exit::Problem;
use super::progress::Progress;
use super::{Exit, Failure, file, output, shell};

use beside::Beside;
use ends::ends;
pub(crate) use side::Side;

/// Write a first manifest from two systems as they are
///
/// Reads both systems, changes neither, and writes what they have already of what replication
/// needs, under whatever name. Where there is nothing it writes the recommended way.
///
/// The API keys are read from the environment: BOSTON_API_KEY for https://boston.example.net,
/// SOURCE_API_KEY and DESTINATION_API_KEY where the URL has an address instead of a name.
///
/// Where a manifest in the same folder has one of the systems, that says how the system is reached,
/// and what it says is not repeated: both files are one manifest, `plan -f FILE -f FILE`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
#[cfg_attr(feature = "sim", command(override_usage = USAGE))]
pub struct Init {
    /// The system where replication starts: https://HOST[:PORT]
    #[arg(value_parser = AsInManifest::<Url>::new())]
    #[cfg_attr(feature = "sim", arg(required_unless_present = "sim"))]
    #[cfg_attr(not(feature = "sim"), arg(required = true))]
    source_url: Option<Url>,
    /// The system where it goes: https://HOST[:PORT]
    #[arg(value_parser = AsInManifest::<Url>::new())]
    #[cfg_attr(feature = "sim", arg(required_unless_present = "sim"))]
    #[cfg_attr(not(feature = "sim"), arg(required = true))]
    destination_url: Option<Url>,
    /// Write a simulated pair (fleet.yaml) and a manifest for it; nothing is contacted
    #[cfg(feature = "sim")]
    #[arg(long, conflicts_with_all = ["source_url", "destination_url"])]
    sim: bool,
    /// Where to write the manifest; `-`: to stdout
    #[arg(long, value_name = "FILE", default_value = "trueup.yaml")]
    out: PathBuf,
    /// Replace what is there
    #[arg(long)]
    force: bool,
    /// The source's name in the manifest; left out: the URL's host's or, where that is an address,
    /// what the system calls itself
    #[arg(long, value_name = "NAME", value_parser = AsInManifest::<SystemName>::new())]
    source_name: Option<SystemName>,
    /// The destination's name in the manifest; left out: likewise
    #[arg(long, value_name = "NAME", value_parser = AsInManifest::<SystemName>::new())]
    destination_name: Option<SystemName>,
    /// The owner of the source's API key; left out: truenas_admin
    #[arg(long, value_name = "NAME", value_parser = AsInManifest::<Login>::new())]
    source_username: Option<Login>,
    /// The owner of the destination's API key; left out: likewise
    #[arg(long, value_name = "NAME", value_parser = AsInManifest::<Login>::new())]
    destination_username: Option<Login>,
    /// The environment variable with the source's API key; left out: NAME_API_KEY
    #[arg(long, value_name = "VARIABLE", value_parser = AsInManifest::<EnvName>::new())]
    source_key_env: Option<EnvName>,
    /// The environment variable with the destination's API key; left out: likewise
    #[arg(long, value_name = "VARIABLE", value_parser = AsInManifest::<EnvName>::new())]
    destination_key_env: Option<EnvName>,
    /// The file with the source's API key
    #[arg(long, value_name = "FILE", conflicts_with = "source_key_env")]
    source_key_file: Option<PathBuf>,
    /// The file with the destination's API key
    #[arg(long, value_name = "FILE", conflicts_with = "destination_key_env")]
    destination_key_file: Option<PathBuf>,
    /// The source's certificate, as `trueup trust URL` shows it; left out: public roots
    #[arg(long, value_name = "FINGERPRINT", value_parser = AsInManifest::<Fingerprint>::new())]
    source_sha256: Option<Fingerprint>,
    /// The destination's certificate, as `trueup trust URL` shows it; left out: public roots
    #[arg(long, value_name = "FINGERPRINT", value_parser = AsInManifest::<Fingerprint>::new())]
    destination_sha256: Option<Fingerprint>,
}

/// The two ways, which clap would show as one.
#[cfg(feature = "sim")]
const USAGE: &str = "\
trueup init [OPTIONS] <SOURCE_URL> <DESTINATION_URL>
       trueup init [OPTIONS] --sim";

const EXAMPLE: &str = "\
Example:
  trueup trust https://boston.example.net          # shows the certificate, to be compared
  read -rs BOSTON_API_KEY; export BOSTON_API_KEY   # paste the key; likewise for the other
  trueup init https://boston.example.net https://chicago.example.net
  trueup plan";

impl Init {
    /// Reads both systems and writes the manifest.
    pub async fn run(self) -> Result<Exit, Failure> {
        self.refuse_to_overwrite(&self.out)?;
        #[cfg(feature = "sim")]
        if self.sim {
            return self.simulated();
        }
        let beside = Beside::of(&self.out);
        let mut sides = self.sides(&beside)?;
        let keys = keys(&sides)?;
        pin::settle(&mut sides).await?;
        let names = sides.iter().map(|side| side.endpoint.system.as_str()).collect();
        let progress = Progress::reading(&names);
        let read = read(&sides, keys, &progress).await;
        progress.done();
        let [source, destination] = read?;
        let known = &beside.known;
        let ends = ends(&sides, [source.1, destination.1], &self.out, known);
        let taken = |name: &str| known.declared.replications.contains_key(name);
        let mut draft = choose(&ends[0], &ends[1], &taken);
        let width = output::width() - "warning: ".len();
        draft.warnings.iter().for_each(|it| output::warn(&paragraph(it, "", width)));
        let mut text = init::write::write(&draft);
        let env = |name: &str| std::env::var(name).ok();
        let manifest =
            valid(&self.out, &text)?.lower(&env).map_err(|it| refused(it, BUG, REPORT))?;
        let extends = ends.iter().any(|it| known.has_system(&it.name));
        if extends {
            known.leave_out(&mut draft);
            draft.about.push(format!(
                "One manifest with {}: what that says of these systems is not repeated here.",
                beside.shown()
            ));
            text = init::write::write(&draft);
            beside.check(&self.out, &text)?;
        }
        let to_stdout = self.out == Path::new("-");
        if to_stdout {
            output::result(&text);
        } else {
            file::replace(&self.out, &text)?;
        }
        let sessions = [source.0, destination.0];
        let systems = ends.iter().zip(sides).zip(sessions).map(|((end, side), session)| {
            let endpoint = Endpoint { system: end.name.clone(), ..side.endpoint };
            (end.name.clone(), System { endpoint, session: Ok(session) })
        });
        let others = if extends { &beside.files[..] } else { &[] };
        let said = self.summary(&manifest, &systems.collect(), others).await;
        if to_stdout {
            output::note(said);
        } else {
            output::result(format_args!("{said}\n"));
        }
        Ok(Exit::Success)
    }

    fn refuse_to_overwrite(&self, path: &Path) -> Result<(), Failure> {
        if self.force || path == Path::new("-") || !path.exists() {
            return Ok(());
        }
        let message = format!("`{}` is there already", path.display());
        Err(Failure::new(Exit::Usage, message).remedy(
            "Nothing was contacted. `--out FILE` writes another file, which in the same folder is \
             one manifest with this one; `--out -` writes to stdout, and `--force` replaces this \
             one.",
        ))
    }

    /// What was written, what its plan would be, and what to type next.
    async fn summary(&self, manifest: &Manifest, systems: &Systems, others: &[PathBuf]) -> String {
        let observed = observe(systems, manifest.resources.values()).await;
        let inputs = Inputs {
            desired: &manifest.resources,
            named: &manifest.named,
            observed: &observed,
            links: &manifest.links(),
            manifest_digest: &manifest.digest,
            selection: &Selection::default(),
        };
        let headline = plan(&inputs).map(|plan| headline(&plan)).unwrap_or_default();
        let written = format!(
            "{}, {}",
            count(manifest.systems.len(), "system"),
            count(manifest.replications.len(), "replication")
        );
        let wrote = match self.out.to_str() {
            Some("-") => String::new(),
            _ => format!("Wrote {}: ", self.out.display()),
        };
        let given = |file: &PathBuf| format!(" -f {}", shell::path(file));
        let with = match self.out.to_str() {
            Some("-") => " -f FILE".into(),
            Some("trueup.yaml") if others.is_empty() => String::new(),
            _ => others.iter().chain([&self.out]).map(given).collect(),
        };
        let next = shell::this_program();
        format!("{wrote}{written}.\n{headline}\n\nLook through it, then:\n\n  {next} plan{with}")
    }
}

/// Both API keys.
fn keys(sides: &[Side; 2]) -> Result<[SecretString; 2], Failure> {
    let env = |name: &str| std::env::var(name).ok();
    let key = |side: &Side| {
        truenas_client::key::read(&side.endpoint, &env).map_err(|error| {
            let flag = side.flag;
            let others = format!(
                "`--{flag}-key-env` names another variable, `--{flag}-key-file` a file, and \
                 `--{flag}-username` another account."
            );
            let remedy = format!("{}\n{others}", error.remedy());
            Problem { message: error.to_string(), remedy: Some(remedy) }
        })
    };
    both(key(&sides[0]), key(&sides[1]), Exit::Usage)
}

/// Logs in to both and surveys them.
async fn read(
    sides: &[Side; 2],
    keys: [SecretString; 2],
    progress: &Progress,
) -> Result<[(Session, Survey); 2], Failure> {
    let options = Options { on_notice: progress.notices(), ..Options::default() };
    let one = async |side: &Side, key| {
        let endpoint = &side.endpoint;
        let problem = |message, remedy| Problem { message, remedy };
        let session = Session::open(endpoint, key, &options).await.map_err(|error| {
            let whose = match error.reason {
                Reason::LoginRefused { .. }
                | Reason::KeyNotInForce { .. }
                | Reason::WrongKey { .. } => {
                    format!(" `--{}-username NAME` says whose key it is.", side.flag)
                }
                Reason::Certificate(_) => format!(" Here `--{}-sha256` takes it.", side.flag),
                _ => String::new(),
            };
            problem(error.to_string(), Some(error.remedy() + &whose))
        })?;
        let survey = init::survey(&session.reader()).await.map_err(|error| {
            let Endpoint { system, url, .. } = endpoint;
            problem(format!("`{system}` ({url}) could not be read: {error}"), None)
        })?;
        Ok((session, survey))
    };
    let [first, second] = keys;
    let (source, destination) = tokio::join!(one(&sides[0], first), one(&sides[1], second));
    both(source, destination, Exit::Failed)
}

/// Both, or everything that went wrong.
fn both<T>(
    first: Result<T, Problem>,
    second: Result<T, Problem>,
    exit: Exit,
) -> Result<[T; 2], Failure> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok([first, second]),
        (first, second) => {
            let problems = [first.err(), second.err()].into_iter().flatten().collect();
            Err(Failure { exit, problems })
        }
    }
}

/// The manifest that the text is. What `validate` would refuse is never written.
fn valid(path: &Path, text: &str) -> Result<Document, Failure> {
    let name = path.display().to_string();
    let text = files::Text { name, text: text.into() };
    manifest::parse(vec![text]).map_err(|it| refused(it, BUG, REPORT))
}

const BUG: &str = "what was found makes no valid manifest; nothing was written";
const REPORT: &str = "This is a mistake of trueup: please report it with the lines above.";

fn refused(diagnostics: Vec<Diagnostic>, message: &str, remedy: &str) -> Failure {
    output::note(diagnostic::render(&diagnostics, true, output::width()).trim_end());
    Failure::new(Exit::Failed, message).remedy(remedy)
}
