//! How patiently a system is talked to, and whom to tell while it takes long.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// How sessions behave. The defaults are what operators want.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long connecting may take, and the answers that come before the login, each.
    pub connect_timeout: Duration,
    /// How long the answer to a plain call may take.
    pub call_timeout: Duration,
    /// How long a job may take.
    pub job_timeout: Duration,
    /// How often a connection is pinged, or more often where the release cuts silent connections
    /// that soon; after three pings without anything heard it is gone.
    pub keep_alive: Duration,
    /// When to try a login again.
    pub patience: Patience,
    /// Who trueup says it is (`User-Agent`).
    pub client_name: String,
    /// Is told what a person may wonder about while it happens.
    pub on_notice: OnNotice,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(90),
            // Above the 120 s that `service.control` gives a service.
            job_timeout: Duration::from_secs(600),
            // Well below what nginx and most firewalls allow a connection to be silent.
            keep_alive: Duration::from_secs(20),
            patience: Patience::default(),
            client_name: concat!("trueup/", env!("CARGO_PKG_VERSION")).into(),
            on_notice: OnNotice::default(),
        }
    }
}

/// When a login is tried again.
#[derive(Clone, Debug)]
pub struct Patience {
    /// For how long a login is tried again that the system put off. Its limit is 20 logins a
    /// minute and address (utils/rate_limit/cache.py).
    pub with_rate_limit: Duration,
    /// The pause between two tries of that.
    pub rate_limit_pause: RangeInclusive<Duration>,
    /// The pause before a refused login is tried once more: parallel logins can collide.
    pub refusal_pause: RangeInclusive<Duration>,
    /// How long a system is waited for whose connection was lost: a restart of the middleware takes
    /// 25 to 60 s.
    pub with_outage: Duration,
    /// The pauses between two tries to reach it: the first one, doubled up to the last.
    pub outage_pause: RangeInclusive<Duration>,
    /// The pause before a read is sent again that came on top of too many calls.
    pub crowd_pause: RangeInclusive<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            with_rate_limit: Duration::from_secs(90),
            rate_limit_pause: Duration::from_secs(5)..=Duration::from_secs(10),
            refusal_pause: Duration::from_millis(300)..=Duration::from_millis(1500),
            with_outage: Duration::from_secs(90),
            outage_pause: Duration::from_millis(500)..=Duration::from_secs(5),
            crowd_pause: Duration::from_millis(100)..=Duration::from_millis(500),
        }
    }
}

/// What a person may wonder about while it happens. Displays as a sentence without its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// The system takes no more logins for now.
    #[error(
        "`{system}` takes 20 logins a minute from one address, and no more for now; that says \
         nothing about the key. Trying again every few seconds, for {left:.0?} at most"
    )]
    RateLimited {
        /// The system's name.
        system: String,
        /// For how long it will still be tried.
        left: Duration,
    },
    /// The system refused the login; it is tried once more.
    #[error("`{system}` refused the login, trying once more")]
    LoginRetried {
        /// The system's name.
        system: String,
    },
    /// The connection is gone. Said once, however often it is tried to make it again.
    #[error("{system}: connection lost ({why}), waiting for it to come back")]
    ConnectionLost {
        /// The system's name.
        system: String,
        /// How it went away.
        why: String,
    },
    /// The connection is there again, after tries that failed.
    #[error("{system}: connected again after {after:.0?}")]
    ConnectionRestored {
        /// The system's name.
        system: String,
        /// How long it was gone.
        after: Duration,
    },
    /// The release is newer than any that trueup knows.
    #[error(
        "`{system}` runs {version}, newer than this trueup knows; speaking to it as to the newest known"
    )]
    NewerThanKnown {
        /// The system's name.
        system: String,
        /// Its API's version.
        version: String,
    },
    /// The release is known from its published schemas only.
    #[error(
        "`{system}` runs {version}, which this trueup knows from its published schemas only, not from a running system"
    )]
    SchemasOnly {
        /// The system's name.
        system: String,
        /// Its API's version.
        version: String,
    },
}

/// Who is told of a [`Notice`]; nobody by default.
#[derive(Clone, Default)]
pub struct OnNotice(Option<Arc<Tell>>);

type Tell = dyn Fn(&Notice) + Send + Sync;

impl OnNotice {
    /// Calls `tell` for every notice.
    pub fn new(tell: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    /// Tells it.
    pub fn tell(&self, notice: &Notice) {
        if let Some(tell) = &self.0 {
            tell(notice);
        }
    }
}

impl fmt::Debug for OnNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "OnNotice(set)" } else { "OnNotice(unset)" })
    }
}
