//! What an accepted difference is written with: an address, a reason, a day.

use jiff::civil::Date;
use schemars::JsonSchema;

use crate::manifest::read::{Mistake, Text};
use crate::model::Address;

/// A resource's address.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(example = "chicago/ssh_service")]
pub struct AddressText(
    #[schemars(with = "String", regex(pattern = r"^[a-z0-9][a-z0-9-]*/[a-z_]+(/.+)?$"))] pub Address,
);

impl Text for AddressText {
    const WHAT: &'static str = "the address of a resource";

    fn parse(text: &str) -> Result<Self, Mistake> {
        text.parse().map(Self).map_err(|_| {
            Mistake::new(
                "this is no address",
                "",
                "write it as plans do: `SYSTEM/KIND/NAME`, such as `chicago/dataset/backup/boston`; \
                 the SSH service is `SYSTEM/ssh_service`",
            )
        })
    }
}

/// Why something is accepted.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct Reason(#[schemars(regex(pattern = r"\S"))] pub String);

impl Text for Reason {
    const WHAT: &'static str = "a reason";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.is_empty() {
            let help = "say why the difference is accepted, and where that was decided";
            return Err(Mistake::new("a reason cannot be empty", "", help));
        }
        Ok(Self(words.join(" ")))
    }
}

/// A day.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(example = "2030-12-31")]
pub struct Day(
    #[schemars(with = "String", regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))] pub Date,
);

impl Text for Day {
    const WHAT: &'static str = "a day";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let digits =
            |part: &str, length| part.len() == length && part.chars().all(|c| c.is_ascii_digit());
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts[..] else { return Err(no_day("")) };
        if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
            return Err(no_day(""));
        }
        let number = |part: &str| part.parse::<i16>().unwrap_or_default();
        let month = i8::try_from(number(month)).unwrap_or_default();
        let day = i8::try_from(number(day)).unwrap_or_default();
        Date::new(number(year), month, day).map(Self).map_err(|_| no_day("there is no such day"))
    }
}

fn no_day(label: &str) -> Mistake {
    Mistake::new("this is no day", label, "write `YYYY-MM-DD`, such as `2030-12-31`")
}
