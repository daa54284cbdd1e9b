//! The releases that are simulated, in their order.

/// A TrueNAS release: where the API of two differs, the newer one is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// 25.10
    V25_10,
    /// 26.0
    V26_0,
}

impl Release {
    /// The release of a version such as `25.10.6` or `26.0.0-RC.1`; what is newer than every known
    /// one speaks as the newest.
    pub fn of(version: &str) -> Self {
        let number = |part: Option<&str>| part.and_then(|p| p.parse::<u32>().ok()).unwrap_or(0);
        let mut parts = version.split(['.', '-']);
        let version = (number(parts.next()), number(parts.next()));
        if version >= (26, 0) { Self::V26_0 } else { Self::V25_10 }
    }
}
