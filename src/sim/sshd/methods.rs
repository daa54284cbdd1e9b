//! `AuthenticationMethods`: lists of methods, one of which has to be worked off.
//!
//! Source: OpenSSH `auth2.c` (`auth2_methods_valid`, `auth2_setup_methods_lists`,
//! `list_starts_with`), `servconf.c`.

/// Names of methods, with Debian's patch for GSSAPI.
const METHODS: [&str; 7] = [
    "none",
    "publickey",
    "gssapi-keyex",
    "gssapi-with-mic",
    "password",
    "keyboard-interactive",
    "hostbased",
];

/// Checks the lists of a line; `any` stands alone.
///
/// # Errors
/// What sshd says before it ends.
pub fn check(keyword: &str, lists: &[String]) -> Result<(), String> {
    if lists.is_empty() {
        return Err(format!("no {keyword} specified"));
    }
    let has_any = lists.iter().any(|list| list == "any");
    if has_any && lists.len() > 1 {
        return Err(format!("\"any\" must appear alone in {keyword}"));
    }
    match has_any || lists.iter().all(|list| names(list).all(|name| METHODS.contains(&name))) {
        true => Ok(()),
        false => Err(format!("invalid {keyword} method list.")),
    }
}

/// The methods of a list, without what may follow a colon.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(|method| method.split(':').next().unwrap_or(method))
}

/// Whether every method of a list is in use.
pub fn is_enabled(list: &str, is_method_enabled: impl Fn(&str) -> bool) -> bool {
    names(list).all(is_method_enabled)
}

/// Whether a key alone is enough: no list is set, or one that holds nothing else. Lists with
/// methods that are not in use do not count.
pub fn is_key_enough(lists: &[String], is_method_enabled: impl Fn(&str) -> bool) -> bool {
    let is_unset = lists.is_empty() || lists.iter().any(|list| list == "any");
    is_unset || (is_method_enabled("publickey") && lists.iter().any(|list| list == "publickey"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_checked() {
        let check = |lists: &[&str]| {
            let lists: Vec<String> = lists.iter().map(|list| (*list).to_owned()).collect();
            check("AuthenticationMethods", &lists).is_ok()
        };
        assert!(check(&["publickey,password", "keyboard-interactive:pam", "none"]));
        assert!(check(&["any"]));
        assert!(!check(&["any", "publickey"]) && !check(&["publickey", "any"]));
        assert!(!check(&["bogus"]) && !check(&[""]) && !check(&[]));
    }

    #[test]
    fn a_key_is_enough_where_a_list_holds_nothing_else() {
        let enough = |lists: &[&str]| {
            let lists: Vec<String> = lists.iter().map(|list| (*list).to_owned()).collect();
            is_key_enough(&lists, |method| method == "publickey")
        };
        assert!(enough(&[]) && enough(&["any"]) && enough(&["password", "publickey"]));
        assert!(!enough(&["publickey,publickey"]) && !enough(&["publickey:x"]));
    }
}
