//! Where TrueNAS mounts a dataset unless somebody says otherwise: `/mnt/` and its name.

/// Where a dataset is mounted.
pub fn of(dataset: &str) -> String {
    format!("/mnt/{dataset}")
}

/// The name of the dataset that would be mounted at a path; `None` for a path outside of `/mnt`.
pub fn dataset_at(path: &str) -> Option<&str> {
    path.strip_prefix("/mnt/")
}
