//! Markdown for a comment on a pull request or an issue, on GitHub and on GitLab: nothing that
//! comes from a manifest or a system can be more than text in it, and it never grows beyond what
//! both take.

mod calls;
pub mod drift;
pub mod escape;
pub mod page;
pub mod plan;
pub mod report;

pub use escape::{code, html, words};
pub use page::Page;
