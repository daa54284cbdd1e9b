//! The releases that are simulated, in their order.

/// A TrueNAS release: where the API of two differs, the newer one is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// 25.04
    V25_04,
    /// 25.10
    V25_10,
    /// 26.0
    V26_0,
    /// 27
    V27_0,
}

/// What 25.04 does otherwise than every later release. Facts that tell later releases apart stand
/// where they matter, with their source.
impl Release {
    /// Whether arguments of ssh, service, dataset, replication and audit calls are checked by the
    /// older machinery (`schema/`), and not by pydantic models.
    pub fn checks_by_schema(self) -> bool {
        self < Self::V25_10
    }

    /// Whether a login's mechanism chooses the model that the rest is checked by
    /// (`discriminator`); if not, every model complains.
    pub fn mechanism_chooses_model(self) -> bool {
        self >= Self::V25_10
    }

    /// Whether a connection may ask for the results of its jobs instead of their numbers, and for
    /// the echo of its options.
    pub fn jobs_may_answer_with_results(self) -> bool {
        self >= Self::V25_10
    }

    /// Whether logins have ids, and jobs tell the ids of the requests that made them.
    pub fn numbers_logins_and_requests(self) -> bool {
        self >= Self::V25_10
    }

    /// Whether `core.ping` needs no login.
    pub fn pings_anybody(self) -> bool {
        self >= Self::V25_10
    }

    /// Whether services are started by the job `service.control`; 25.04 only has the plain calls.
    pub fn has_service_control(self) -> bool {
        self >= Self::V25_10
    }

    /// Whether a user or group says that its id is both a user's and a group's.
    pub fn shows_id_type_both(self) -> bool {
        self < Self::V25_10
    }

    /// Whether a group says that it may not be changed, and an API key why it was revoked.
    pub fn shows_immutable_groups_and_reasons(self) -> bool {
        self >= Self::V25_10
    }

    /// Whether an event of a collection tells the entry that changed (`service/crud_service.py`).
    pub fn tells_entries_in_events(self) -> bool {
        self >= Self::V25_10
    }

    /// Whether accounts are guarded: logging in by password over SSH needs a home and a shell, some
    /// unlocked administrator stays, and root stays one and nothing else.
    pub fn guards_accounts(self) -> bool {
        self >= Self::V25_10
    }

    /// Whether `/nonexistent` is no home, as `/var/empty` is (`DEFAULT_HOME_PATHS`).
    pub fn knows_nonexistent_home(self) -> bool {
        self < Self::V25_10
    }

    /// Whether the result of `user.query` is checked: then a `select` that renames fails.
    pub fn checks_selected_users(self) -> bool {
        self < Self::V25_10
    }

    /// Whether datasets are queried by code of its own (`dataset_query_utils.py`): mountpoint and
    /// children are members whatever was asked for, and comments stand among the user properties.
    pub fn has_own_dataset_query(self) -> bool {
        self >= Self::V25_10
    }

    /// Whether a replication tells the rows of its snapshot tasks with their state, and whether
    /// keys of encrypted datasets go with it.
    pub fn tells_all_of_replications(self) -> bool {
        self >= Self::V25_10
    }

    /// Whether `audit.query` wants a limit or a count.
    pub fn limits_audit_queries(self) -> bool {
        self >= Self::V25_10
    }
}

impl Release {
    /// The release of a version such as `25.10.6` or `26.0.0-RC.1`; what is newer than every known
    /// one speaks as the newest, what is older as the oldest.
    pub fn of(version: &str) -> Self {
        let number = |part: Option<&str>| part.and_then(|p| p.parse::<u32>().ok()).unwrap_or(0);
        let mut parts = version.split(['.', '-']);
        let version = (number(parts.next()), number(parts.next()));
        match version {
            (27.., _) => Self::V27_0,
            (26, _) => Self::V26_0,
            (25, 10..) => Self::V25_10,
            _ => Self::V25_04,
        }
    }

    /// Whether a version belongs to a release that is simulated.
    pub fn is_simulated(version: &str) -> bool {
        ["25.04", "25.10", "26.0", "27.0"].iter().any(|known| {
            let rest = version.strip_prefix(known);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
        })
    }
}
