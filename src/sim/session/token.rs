//! Tokens: what `auth.generate_token` gives out, and `TOKEN_PLAIN` takes.
//!
//! Source: `plugins/auth.py` (`TokenManager`) of TS-25.10.6.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use rand::Rng;
use rand::distr::Alphanumeric;

use super::Login;

/// How many characters a token has (`generate_token(48, url_safe=True)`).
const LENGTH: usize = 64;

/// A token.
pub struct Token {
    /// The login that made it.
    pub login: Login,
    /// How long it stays good without being used.
    pub ttl: Duration,
    /// Where it must be used from.
    pub address: Option<IpAddr>,
    /// Whether it logs in only once.
    pub single_use: bool,
    /// Whether it was made for something else than logging in.
    pub for_other_use: bool,
    /// The session that made it.
    pub session: String,
    /// When it was made.
    pub made: Instant,
}

/// The tokens of a system.
#[derive(Default)]
pub struct Tokens(BTreeMap<String, Token>);

impl Tokens {
    /// Keeps a new token; gives its text.
    pub fn create(&mut self, token: Token) -> String {
        let text: String =
            rand::rng().sample_iter(Alphanumeric).take(LENGTH).map(char::from).collect();
        self.0.insert(text.clone(), token);
        text
    }

    /// The login behind a token that is good for a client at that address; a token for one use is
    /// gone then.
    pub fn redeem(&mut self, text: &str, address: IpAddr, now: Instant) -> Option<Login> {
        let token = self.0.get(text)?;
        if now.duration_since(token.made) >= token.ttl {
            self.0.remove(text);
            return None;
        }
        if token.for_other_use || token.address.is_some_and(|bound| bound != address) {
            return None;
        }
        let login = token.login.clone();
        if token.single_use {
            self.0.remove(text);
        }
        Some(login)
    }

    /// Forgets a token.
    pub fn destroy(&mut self, text: &str) {
        self.0.remove(text);
    }

    /// Forgets what a session made.
    pub fn destroy_of_session(&mut self, session: &str) {
        self.0.retain(|_, token| token.session != session);
    }
}
