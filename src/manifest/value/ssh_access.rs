//! `ssh_access: true`: the account can log in over SSH.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::node::{Content, Node};
use crate::manifest::read::{Read, expected, yes_or_no};

/// That the account has a login shell and a usable home, and is not locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SshAccess;

impl Read for SshAccess {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match (&node.content, yes_or_no(node)) {
            (Content::Bool(true), _) => Some(Self),
            (_, Some(false)) => {
                let title = "`ssh_access` cannot be `false`";
                report.push(
                    Diagnostic::at(&node.span, title, "TrueNAS has no such setting")
                        .help("leave it out: what is not mentioned is left alone")
                        .help(
                            "to keep the account from logging in, write `locked: true` or \
                             `shell: /usr/sbin/nologin`",
                        ),
                );
                None
            }
            _ => expected(node, "`true`", report),
        }
    }
}

impl JsonSchema for SshAccess {
    fn schema_name() -> Cow<'static, str> {
        "SshAccess".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "That the account can log in over SSH: it has a login shell (left out and unusable: /usr/bin/bash) and a usable home, and is not locked.",
            "const": true
        })
    }
}
