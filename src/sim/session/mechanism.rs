//! What a login sends, by its mechanism.
//!
//! Source: `api/v25_10_0/auth.py` of TS-25.10.6, `api/v26_0_0/auth.py` of 26.0.0.

use super::method::Visit;
use crate::check::{
    Field, Model, any_of, boolean, enum_member, one_of, optional, required, tagged, tagged_by_enum,
    text,
};
use crate::release::Release;

/// The mechanisms' enumeration in the source.
const ENUM: &str = "AuthMech";

/// The model of one mechanism.
pub(super) fn mechanism(
    visit: &Visit<'_>,
    tag: &'static str,
    fields: impl IntoIterator<Item = Field>,
) -> Model {
    let name = match tag {
        "API_KEY_PLAIN" => "AuthApiKeyPlain",
        "PASSWORD_PLAIN" => "AuthPasswordPlain",
        "TOKEN_PLAIN" => "AuthTokenPlain",
        "OTP_TOKEN" => "AuthOTPToken",
        _ => "AuthSCRAM",
    };
    let mut options = vec![optional("user_info", boolean(), true)];
    if visit.release() >= Release::V26_0 {
        options.push(optional("reconnect_token", boolean(), false));
    }
    let options = Field::defaulting("login_options", Model::new("AuthCommonOptions", options));
    let takes_options = tag != "SCRAM";
    let own = match visit.release() < Release::V26_0 {
        true => enum_member(ENUM, tag),
        false => one_of(&[tag]),
    };
    let fields = [required("mechanism", own)].into_iter().chain(fields);
    Model::new(name, fields.chain(takes_options.then_some(options)))
}

/// The parameter of `auth.login_ex`.
pub(super) fn login_data(visit: &Visit<'_>) -> Field {
    let secret = |name| required(name, text());
    let api_key = mechanism(visit, "API_KEY_PLAIN", [secret("username"), secret("api_key")]);
    let password = mechanism(visit, "PASSWORD_PLAIN", [secret("username"), secret("password")]);
    let token = mechanism(visit, "TOKEN_PLAIN", [secret("token")]);
    let second_factor = mechanism(visit, "OTP_TOKEN", [secret("otp_token")]);
    let mut members = vec![
        ("API_KEY_PLAIN", api_key),
        ("PASSWORD_PLAIN", password),
        ("TOKEN_PLAIN", token),
        ("OTP_TOKEN", second_factor),
    ];
    if !visit.release().mechanism_chooses_model() {
        let members = members.into_iter().map(|(_, model)| model.into());
        return required("login_data", any_of(members));
    }
    if visit.release() < Release::V26_0 {
        return required("login_data", tagged_by_enum("mechanism", ENUM, members));
    }
    let types = one_of(&["CLIENT_FIRST_MESSAGE", "CLIENT_FINAL_MESSAGE"]);
    let scram = [required("scram_type", types), required("rfc_str", text())];
    members.push(("SCRAM", mechanism(visit, "SCRAM", scram)));
    required("login_data", tagged("mechanism", members))
}
