//! `accept_drift`.

use crate::manifest::table::mapping;
use crate::manifest::value::{AddressText, Day, Reason};

mapping! {
    /// One field's difference that is accepted for a while.
    pub struct AcceptDrift as "an entry of accept_drift" {
        /// The resource, `SYSTEM/KIND/NAME` as plans name it; `SYSTEM/ssh_service` for the SSH
        /// service.
        #[schemars(required)]
        pub address: AddressText,
        /// The field, as plans name it: `password_login`, `home.mode`.
        #[schemars(required)]
        pub field: String,
        /// Why it is accepted, for whoever reads the report.
        #[schemars(required)]
        pub reason: Reason,
        /// The last day on which it is accepted (UTC), `YYYY-MM-DD`.
        #[schemars(required)]
        pub until: Day,
    }
}
