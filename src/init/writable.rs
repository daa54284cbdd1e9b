//! Whether a manifest takes a text that a system gave: a name, a path, a host.

use crate::manifest::read::{Mistake, Text};
use crate::manifest::secret;

/// The value that a manifest reads a text as.
///
/// # Errors
/// Why it is refused: because of the rules for such a value, or because it could be a secret, which
/// a manifest takes nowhere.
pub(super) fn writable<T: Text>(text: &str) -> Result<T, Mistake> {
    if looks_secret(text) {
        return Err(Mistake::new("refused in a manifest", "it looks like a secret", ""));
    }
    T::parse(text)
}

/// Whether a text has the form of a secret.
pub(super) fn looks_secret(text: &str) -> bool {
    secret::by_form(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::value::KeychainName;

    #[test]
    fn name_in_the_form_of_an_api_key_is_refused() {
        let name = |key: &str| writable::<KeychainName>(&format!("pair 7-{key}"));
        assert!(name(&"a".repeat(64)).is_err());
        assert!(name("a").is_ok() && writable::<KeychainName>("a\nb").is_err());
    }
}
