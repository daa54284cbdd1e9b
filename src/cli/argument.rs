//! Arguments that have a type in the manifest, too.

use std::ffi::OsStr;
use std::marker::PhantomData;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

use crate::manifest::read::Text;
use crate::render::style::paragraph;

use super::output;

/// Takes an argument as the manifest would. Its errors do not repeat the argument, which may be a
/// key where the name of its variable belongs, or a URL with a password in it.
#[derive(Clone, Debug)]
pub(super) struct AsInManifest<T>(PhantomData<T>);

impl<T> AsInManifest<T> {
    /// For `value_parser`.
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Text + Clone + Send + Sync + 'static> TypedValueParser for AsInManifest<T> {
    type Value = T;

    fn parse_ref(&self, _: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        T::parse(&value.to_string_lossy()).map_err(|mistake| {
            let help = paragraph(&format!("help: {}", mistake.help), "  ", output::width());
            let message =
                format!("`{}`: {}\n{help}\n", arg.map_or_else(String::new, name), mistake.title);
            Error::raw(ErrorKind::ValueValidation, message)
        })
    }
}

/// What a person calls the argument: `--source-name`, `SOURCE_URL`.
fn name(arg: &Arg) -> String {
    let placeholder = || arg.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
    arg.get_long().map(|long| format!("--{long}")).or_else(placeholder).unwrap_or_default()
}
