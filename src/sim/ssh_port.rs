//! The port of a system's SSH service: its own from the start, listening while the service runs.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::AbortHandle;

/// What speaks on the connections that the port accepts.
pub trait SshServer: Send + Sync {
    /// Takes a connection over; it may go on in a task of its own.
    fn serve(&self, connection: TcpStream, peer: SocketAddr);
}

/// Accepts and closes: a port that is open, with nothing behind it.
pub struct Closing;

impl SshServer for Closing {
    fn serve(&self, _connection: TcpStream, _peer: SocketAddr) {}
}

/// The listener, where the one who stops it can take it away from the one who accepts.
type Shared = Arc<Mutex<Option<TcpListener>>>;

/// A port that listens or is only held, so that nobody else gets it in the meantime.
pub struct SshPort {
    address: IpAddr,
    port: u16,
    held: Option<TcpSocket>,
    listening: Option<(Shared, AbortHandle)>,
    server: Arc<dyn SshServer>,
}

impl SshPort {
    /// Takes the port, or a free one; [`Closing`] is behind it until somebody else is.
    ///
    /// # Errors
    /// If it is taken.
    pub fn reserve(address: IpAddr, port: Option<u16>) -> io::Result<Self> {
        let held = bind(address, port.unwrap_or(0))?;
        let port = held.local_addr()?.port();
        Ok(Self { address, port, held: Some(held), listening: None, server: Arc::new(Closing) })
    }

    /// The port with that server behind it.
    pub fn served_by(mut self, server: impl SshServer + 'static) -> Self {
        self.server = Arc::new(server);
        self
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Listens on the port that the service runs on, or not at all. A port that cannot be taken is
    /// logged: sshd does not say more either.
    pub fn follow(&mut self, wanted: Option<u16>) {
        if self.listening.is_some() && wanted != Some(self.port) {
            self.stop();
        }
        let Some(port) = wanted.filter(|_| self.listening.is_none()) else { return };
        if port != self.port {
            self.held = None;
            self.port = port;
        }
        if let Err(error) = self.listen() {
            tracing::warn!(port, %error, "the simulated SSH service cannot listen");
        }
    }

    fn listen(&mut self) -> io::Result<()> {
        let socket = match self.held.take() {
            Some(held) => held,
            None => bind(self.address, self.port)?,
        };
        let listener = Arc::new(Mutex::new(Some(socket.listen(64)?)));
        let accepting = tokio::spawn(accept(listener.clone(), self.server.clone()));
        self.listening = Some((listener, accepting.abort_handle()));
        Ok(())
    }

    /// Nothing listens any more when this returns.
    fn stop(&mut self) {
        let Some((listener, accepting)) = self.listening.take() else { return };
        drop(listener.lock().unwrap_or_else(PoisonError::into_inner).take());
        accepting.abort();
        self.held = bind(self.address, self.port).ok();
    }
}

impl Drop for SshPort {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn accept(listener: Shared, server: Arc<dyn SshServer>) {
    loop {
        let next =
            poll_fn(|context| match &*listener.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(listener) => listener.poll_accept(context).map(Some),
                None => Poll::Ready(None),
            });
        match next.await {
            Some(Ok((connection, peer))) => server.serve(connection, peer),
            Some(Err(_)) => tokio::task::yield_now().await,
            None => return,
        }
    }
}

fn bind(address: IpAddr, port: u16) -> io::Result<TcpSocket> {
    let socket = match address {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::new(address, port))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    async fn open(port: u16) -> bool {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()
    }

    #[tokio::test]
    async fn the_port_listens_exactly_while_the_service_runs_and_moves_with_it() {
        let reserve = |port| SshPort::reserve(Ipv4Addr::LOCALHOST.into(), port);
        let mut ssh = reserve(None).expect("a free port");
        let first = ssh.port();
        assert!(!open(first).await);
        ssh.follow(Some(first));
        assert!(open(first).await);
        ssh.follow(None);
        assert!(!open(first).await);
        let second = {
            let other = reserve(None).expect("another free port");
            other.port()
        };
        ssh.follow(Some(first));
        ssh.follow(Some(second));
        assert!(!open(first).await && open(second).await);
    }
}
