//! What the login may do.

use std::collections::BTreeSet;

use serde_json::Value;

/// The role that includes every other one.
const FULL_ADMIN: &str = "FULL_ADMIN";

/// The roles of a login, those that they include counted in (`auth.login_ex`,
/// `user_info.privilege.roles`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(BTreeSet<String>);

impl Roles {
    /// The roles in a login's `user_info`, in plain JSON. Without a privilege there are none.
    pub fn of_user_info(user_info: &Value) -> Self {
        let roles = user_info.pointer("/privilege/roles").and_then(Value::as_array);
        Self(roles.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect())
    }

    /// Whether the login has this role; a full administrator has every one.
    pub fn has(&self, role: &str) -> bool {
        self.0.contains(FULL_ADMIN) || self.0.contains(role)
    }

    /// The roles by name, as the system lists them, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<T: Into<String>> FromIterator<T> for Roles {
    fn from_iter<I: IntoIterator<Item = T>>(roles: I) -> Self {
        Self(roles.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::truenas_client::ejson;

    #[test]
    fn roles_come_as_a_set() {
        let info =
            ejson::decoded(json!({ "privilege": { "roles": { "$set": ["SSH_READ", "A"] } } }));
        let roles = Roles::of_user_info(&info);
        assert!(roles.has("SSH_READ") && !roles.has("SSH_WRITE"));
        assert_eq!(roles.names().collect::<Vec<_>>(), ["A", "SSH_READ"]);
        assert_eq!(Roles::of_user_info(&Value::Null), Roles::default());
    }

    #[test]
    fn a_full_administrator_has_every_role() {
        assert!(Roles::from_iter(["FULL_ADMIN"]).has("SSH_WRITE"));
    }
}
