//! The API key of a system: read from where the manifest says, when it is needed, never shown.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::model::{Endpoint, KeySource};

/// A key is `<id>-<64 characters>` (plugins/api_key.py). What is longer than this is another file.
const LONGEST: usize = 1024;

/// The API key of an endpoint. `environment` looks up a variable.
///
/// White space around the key does not count. What was read is zeroized, and so is the key when it
/// is dropped; the environment keeps its own.
///
/// # Errors
/// The key is not there, or what is there is no key. No message holds any of its content.
pub fn read(
    endpoint: &Endpoint,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<SecretString, KeyError> {
    let fail = |reason| KeyError {
        system: endpoint.system.clone(),
        url: endpoint.url.clone(),
        username: endpoint.username.clone(),
        reason,
    };
    let (text, whence) = match &endpoint.api_key {
        KeySource::Env(name) => {
            let text = environment(name).ok_or_else(|| fail(Problem::Unset(name.clone())))?;
            (Zeroizing::new(text.into_bytes()), format!("the environment variable `{name}`"))
        }
        KeySource::File(path) => {
            let unreadable = |kind| fail(Problem::Unreadable { path: path.clone(), kind });
            let bytes = beginning(path).map_err(|error| unreadable(error.kind()))?;
            if str::from_utf8(&bytes).is_err() {
                return Err(unreadable(io::ErrorKind::InvalidData));
            }
            (bytes, format!("the file `{}`", path.display()))
        }
    };
    let key = str::from_utf8(&text).unwrap_or_default().trim();
    if key.is_empty() {
        return Err(fail(Problem::Empty(whence)));
    }
    if !looks_like_a_key(key) {
        return Err(fail(Problem::NoKey(whence)));
    }
    Ok(SecretString::from(key))
}

/// The beginning of a file, more than the longest key. The buffer has room to spare: one that grows
/// leaves copies behind.
fn beginning(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4 * LONGEST));
    fs::File::open(path)?.take(2 * LONGEST as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The file of an endpoint's API key, if others than its owner may read it. systemd keeps
/// credentials in a folder that only the unit can enter, whatever their own mode is.
pub fn exposed_file<'e>(
    endpoint: &'e Endpoint,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Option<&'e Path> {
    let KeySource::File(path) = &endpoint.api_key else { return None };
    let is_credential =
        environment("CREDENTIALS_DIRECTORY").is_some_and(|folder| path.starts_with(folder));
    let mode = fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o077 != 0 && !is_credential).then_some(path)
}

fn looks_like_a_key(text: &str) -> bool {
    let Some((id, secret)) = text.split_once('-') else { return false };
    text.len() <= LONGEST
        && !id.is_empty()
        && id.bytes().all(|byte| byte.is_ascii_digit())
        && !secret.is_empty()
        && secret.bytes().all(|byte| byte.is_ascii_graphic())
}

/// How a person comes by an API key, and what the key's owner must be allowed.
fn making_a_key(url: &str, username: &str) -> String {
    format!(
        "Make one in the web interface, {url}: Credentials > Users > API Keys, for the account \
         `{username}`; TrueNAS shows it once. An administrator's key does everything; to plan, \
         the role READONLY_ADMIN is enough, on a replication's source with \
         KEYCHAIN_CREDENTIAL_WRITE."
    )
}

/// Why a system's API key could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{system}`: {reason}")]
pub struct KeyError {
    /// The system's name in the manifest.
    pub system: String,
    /// Its URL.
    pub url: String,
    /// The owner of the key.
    pub username: String,
    /// What is wrong.
    pub reason: Problem,
}

/// What is wrong with where a key is read from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no such variable.
    #[error("the environment variable `{0}` with the API key is not set")]
    Unset(String),
    /// The file cannot be read.
    #[error("the file `{path}` with the API key {why}", path = path.display(), why = unreadable(*kind))]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why not; `InvalidData` if it is not text.
        kind: io::ErrorKind,
    },
    /// There is nothing in it.
    #[error("{0} should hold the API key and is empty")]
    Empty(String),
    /// What is in it has not the form of a key.
    #[error("{0} holds no API key")]
    NoKey(String),
}

fn unreadable(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "is not there".into(),
        io::ErrorKind::InvalidData => "is no text".into(),
        kind => format!("could not be read: {kind}"),
    }
}

impl KeyError {
    /// What to do now: sentences, and after a blank line a command where one helps.
    pub fn remedy(&self) -> String {
        let make = || making_a_key(&self.url, &self.username);
        match &self.reason {
            // `read` keeps the key out of the shell's history.
            Problem::Unset(name) => {
                format!(
                    "{} Then run this, and paste it:\n\n  read -rs {name}; export {name}\n",
                    make()
                )
            }
            Problem::Unreadable { kind: io::ErrorKind::NotFound, .. } => {
                format!("{} Then put it into that file, which only you may read.", make())
            }
            Problem::Unreadable { .. } => {
                "Name a file that holds nothing but the API key and that this user may read.".into()
            }
            Problem::Empty(_) | Problem::NoKey(_) => {
                format!("An API key looks like `1-` followed by 64 letters and digits. {}", make())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::model::Trust;

    fn endpoint(api_key: KeySource) -> Endpoint {
        Endpoint {
            system: "boston".into(),
            url: "https://boston".into(),
            username: "trueup".into(),
            api_key,
            trust: Trust::Roots,
            place: None,
        }
    }

    fn from_env(value: Option<&str>) -> Result<String, KeyError> {
        let value = value.map(String::from);
        read(&endpoint(KeySource::Env("KEY".into())), &|name| {
            (name == "KEY").then(|| value.clone()).flatten()
        })
        .map(|key| key.expose_secret().to_owned())
    }

    #[test]
    fn a_key_is_read_without_the_white_space_around_it() {
        assert_eq!(from_env(Some("12-abc\n")).as_deref(), Ok("12-abc"));
    }

    #[test]
    fn what_is_no_key_is_said_without_showing_it() {
        assert!(matches!(from_env(None).map_err(|e| e.reason), Err(Problem::Unset(_))));
        assert!(matches!(from_env(Some(" ")).map_err(|e| e.reason), Err(Problem::Empty(_))));
        for text in ["hunter2", "-hunter2", "x-hunter2", "1-", "1-hunter 2"] {
            let error = from_env(Some(text)).expect_err(text);
            assert!(matches!(error.reason, Problem::NoKey(_)), "{text}");
            assert!(!format!("{error} {error:?} {}", error.remedy()).contains("hunter"), "{text}");
        }
    }

    #[test]
    fn a_file_is_as_good() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let source = endpoint(KeySource::File(path.clone()));
        let missing = read(&source, &|_| None).expect_err("no file");
        assert!(missing.remedy().contains("Credentials > Users > API Keys"), "{missing:?}");
        assert!(missing.to_string().contains("key` with the API key is not there"), "{missing}");
        fs::write(&path, " 3-xyz\n").expect("written");
        assert_eq!(read(&source, &|_| None).expect("a key").expose_secret(), "3-xyz");
        fs::write(&path, [0xff, 0xfe]).expect("written");
        assert!(read(&source, &|_| None).is_err());
    }

    #[test]
    fn a_file_that_others_may_read_is_exposed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let source = endpoint(KeySource::File(path.clone()));
        fs::write(&path, "3-xyz").expect("written");
        let set = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        for (mode, exposed) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
            set(mode);
            assert_eq!(exposed_file(&source, &|_| None).is_some(), exposed, "{mode:o}");
        }
        let credentials = folder.path().display().to_string();
        assert_eq!(exposed_file(&source, &|_| Some(credentials.clone())), None);
    }
}
