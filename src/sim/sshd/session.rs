//! One SSH session: it authenticates, and runs commands.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelOpenFailure, MethodKind, MethodSet, Pty};

use super::super::middleware::Middleware;
use super::super::shell::{self, Login, Output, Stream};
use super::admission::{self, Admitted, Candidate, Refusal, Visitor};

/// The most that a client may write into a shell before it ends its input, bytes.
const LONGEST_INPUT: usize = 65_536;
/// The number of the stream for errors (RFC 4254, 5.2).
const STDERR: u32 = 1;

/// A session, and who it belongs to once that is known.
pub struct Session {
    middleware: Arc<Middleware>,
    peer: SocketAddr,
    local: SocketAddr,
    user: String,
    admitted: Admitted,
    open_channels: usize,
    /// What was typed into shells that run no command, by channel.
    shells: BTreeMap<ChannelId, Vec<u8>>,
}

impl Session {
    /// A session that has not said anything yet.
    pub fn new(middleware: Arc<Middleware>, peer: SocketAddr, local: SocketAddr) -> Self {
        Self {
            middleware,
            peer,
            local,
            user: String::new(),
            admitted: Admitted::default(),
            open_channels: 0,
            shells: BTreeMap::new(),
        }
    }

    /// Asks for an account what somebody who calls himself that may do.
    fn ask<T>(
        &self,
        user: &str,
        ask: impl FnOnce(&Candidate<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let system = self.middleware.system();
        let config = system.ssh.running_config().cloned().unwrap_or_default();
        let visitor = Visitor {
            user: user.to_owned(),
            address: self.peer.ip(),
            local_address: self.local.ip(),
            port: self.local.port(),
        };
        let result = admission::candidate(&system, &config, &visitor).and_then(|it| ask(&it));
        if let Err(refusal) = &result {
            tracing::debug!(system = system.hostname, %refusal, "sshd");
        }
        result
    }

    /// The refusal, with what else the client may try.
    fn refuse(&self, user: &str) -> Auth {
        let mut methods = MethodSet::empty();
        let offered = self.ask(user, |it| Ok((it.takes_keys(), it.takes_passwords())));
        // An account that does not exist, or may not come in, must not be told apart.
        let (keys, passwords) = offered.unwrap_or((true, false));
        for (offered, method) in [(keys, MethodKind::PublicKey), (passwords, MethodKind::Password)]
        {
            if offered {
                methods.push(method);
            }
        }
        Auth::Reject { proceed_with_methods: Some(methods), partial_success: false }
    }

    fn admit(&mut self, user: &str, admitted: Result<Admitted, Refusal>) -> Auth {
        match admitted {
            Ok(admitted) => {
                (self.user, self.admitted) = (user.to_owned(), admitted);
                Auth::Accept
            }
            Err(_) => self.refuse(user),
        }
    }

    fn run(&self, asked: &str) -> Output {
        let login = Login { user: &self.user, client: self.peer, server: self.local };
        let forced = self.admitted.forced_command.as_deref();
        shell::run(&mut self.middleware.system(), &login, asked, forced)
    }
}

/// Sends what a command wrote and how it ended, and closes its channel.
fn answer(
    channel: ChannelId,
    output: Output,
    session: &mut russh::server::Session,
) -> Result<(), russh::Error> {
    for (stream, text) in output.written {
        match stream {
            Stream::Out => session.data(channel, text.into_bytes())?,
            Stream::Err => session.extended_data(channel, STDERR, text.into_bytes())?,
        }
    }
    session.exit_status_request(channel, output.status)?;
    session.eof(channel)?;
    session.close(channel)
}

impl Handler for Session {
    type Error = russh::Error;

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Self::Error> {
        Ok(self.refuse(user))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let admitted = self.ask(user, |candidate| candidate.with_password(password));
        Ok(self.admit(user, admitted))
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        let key = offer.public_key.key_data();
        match self.ask(user, |it| it.with_key(key, offer.algorithm.as_ref())) {
            Ok(_) => Ok(Auth::Accept),
            Err(_) => Ok(self.refuse(user)),
        }
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        let admitted =
            self.ask(user, |it| it.with_key(key.public_key.key_data(), key.algorithm.as_ref()));
        Ok(self.admit(user, admitted))
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        if self.open_channels >= self.admitted.max_sessions {
            reply.reject(ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        }
        self.open_channels += 1;
        reply.accept().await;
        Ok(())
    }

    async fn channel_close(
        &mut self,
        _channel: ChannelId,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        self.open_channels = self.open_channels.saturating_sub(1);
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        match self.admitted.pty {
            true => session.channel_success(channel),
            false => session.channel_failure(channel),
        }
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        _value: &str,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        // `AcceptEnv` is not set.
        session.channel_failure(channel)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)?;
        let output = self.run(&String::from_utf8_lossy(command));
        answer(channel, output, session)
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)?;
        if self.admitted.forced_command.is_some() {
            let output = self.run("");
            return answer(channel, output, session);
        }
        self.shells.insert(channel, Vec::new());
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let Some(typed) = self.shells.get_mut(&channel) else { return Ok(()) };
        if typed.len() + data.len() > LONGEST_INPUT {
            return session.close(channel);
        }
        typed.extend_from_slice(data);
        Ok(())
    }

    async fn channel_eof(
        &mut self,
        channel: ChannelId,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let Some(typed) = self.shells.remove(&channel) else { return Ok(()) };
        let output = self.run(&String::from_utf8_lossy(&typed));
        answer(channel, output, session)
    }
}
