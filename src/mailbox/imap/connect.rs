//! From a configuration to a session that is logged in. No credential goes over a connection that
//! is not protected, whatever a server says.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Duration, timeout};

use super::capability::{Capabilities, capabilities};
use super::command::{Command, Greeting, Io, Wire};
use super::limits::{ADDRESS_SHARE, Timeouts};
use super::login::login;
use super::reply::shown;
use super::secret;
use super::tls::handshake;
use crate::config::{Imap, Tls};
use crate::mailbox::MailboxError;

/// Any stream: which one was chosen is settled by the login.
pub(super) type Stream = Box<dyn Io>;

/// Connects and logs in; gives back the session and what the server can do.
pub(super) async fn connect(
    config: &Imap,
    timeouts: Timeouts,
) -> Result<(Wire<Stream>, Capabilities), MailboxError> {
    let secret = secret::read(&config.secret, timeouts.secret).await?;
    let tcp = reach(config, timeouts.connect).await?;
    let mut wire = match config.tls {
        Tls::Implicit => {
            let stream = handshake(tcp, config, timeouts.connect).await?;
            greet(Wire::new(Box::new(stream) as Stream, timeouts), config).await?
        }
        Tls::StartTls => {
            let stream = start_tls(Wire::new(tcp, timeouts), config).await?;
            let stream = handshake(stream, config, timeouts.connect).await?;
            Wire::greeted(Box::new(stream) as Stream, timeouts)
        }
        Tls::None => greet(Wire::new(Box::new(tcp) as Stream, timeouts), config).await?,
    };
    let result = async {
        let offered = capabilities(&mut wire).await?;
        login(&mut wire, &offered, config, &secret).await?;
        capabilities(&mut wire).await
    };
    match result.await {
        Ok(offered) => Ok((wire, offered)),
        Err(error) => {
            // It has answered; it shouldn't have to find out by itself that we are gone.
            if matches!(error, MailboxError::Login { .. } | MailboxError::LoginUnavailable(_)) {
                let _ = wire.logout().await;
            }
            Err(error)
        }
    }
}

/// Connects to the first address that answers.
async fn reach(config: &Imap, limit: Duration) -> Result<TcpStream, MailboxError> {
    let place = format!("connecting to {}, port {}", shown(&config.host), config.port);
    let failed = |source| MailboxError::Connection { context: place.clone(), source };
    let reach = async {
        let addresses = lookup_host((config.host.as_str(), config.port)).await?;
        let none = "it has no address that may be used";
        let mut result = Err(io::Error::new(io::ErrorKind::NotFound, none));
        for address in addresses.filter(|it| may_be_reached(it, config.tls)) {
            let attempt = timeout(limit / ADDRESS_SHARE, TcpStream::connect(address)).await;
            match attempt.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                Ok(stream) => return Ok(stream),
                Err(error) => result = Err(error),
            }
        }
        result
    };
    let stream = match timeout(limit, reach).await {
        Ok(reached) => reached.map_err(failed)?,
        Err(_) => {
            return Err(MailboxError::Timeout { command: place, seconds: limit.as_secs() });
        }
    };
    // Commands are short, and each waits for the answer to the one before.
    stream.set_nodelay(true).map_err(failed)?;
    Ok(stream)
}

/// Without TLS only this machine: a name may lead anywhere.
fn may_be_reached(address: &SocketAddr, tls: Tls) -> bool {
    tls != Tls::None
        || match address.ip() {
            IpAddr::V4(ip) => ip.is_loopback(),
            IpAddr::V6(ip) => ip.to_canonical().is_loopback(),
        }
}

/// Reads the greeting. A server that takes us for somebody already is not the one that is meant,
/// or somebody is in between (RFC 9051, 11.3).
async fn greet<S: Io>(mut wire: Wire<S>, config: &Imap) -> Result<Wire<S>, MailboxError> {
    match wire.greeting().await? {
        Greeting::Ready => Ok(wire),
        Greeting::Goodbye(words) => Err(MailboxError::LoginUnavailable(words)),
        Greeting::LoggedIn => {
            let _ = wire.logout().await;
            Err(MailboxError::Tls(format!(
                "{} takes us for somebody without a login (PREAUTH): not to be trusted",
                shown(&config.host)
            )))
        }
    }
}

/// Asks for TLS, and gives back the stream over which it begins.
async fn start_tls<S: Io>(wire: Wire<S>, config: &Imap) -> Result<S, MailboxError> {
    let (name, host) = ("STARTTLS", shown(&config.host));
    let mut wire = greet(wire, config).await?;
    if !capabilities(&mut wire).await?.has(name) {
        let _ = wire.logout().await;
        return Err(MailboxError::Tls(format!(
            "{host} offers no STARTTLS, or somebody in between hides it; no password was sent"
        )));
    }
    match wire.run(Command::new(name, name), |_| {}).await {
        Ok(_) => {}
        Err(MailboxError::Refused { text, .. }) => {
            let _ = wire.logout().await;
            return Err(MailboxError::Tls(format!("{host} refused STARTTLS: {text}")));
        }
        Err(error) => return Err(error),
    }
    // Whoever sends more in the clear wants it to be taken for protected (CVE-2011-0411).
    wire.into_inner().ok_or_else(|| {
        MailboxError::Tls(format!("{host} sent something in the clear behind its STARTTLS answer"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, tls: Tls, expected: bool) {
        assert_eq!(may_be_reached(&address.parse().unwrap(), tls), expected);
    }

    #[test]
    fn without_tls_nothing_leaves_the_machine() {
        for address in ["127.0.0.1:143", "127.9.9.9:143", "[::1]:143", "[::ffff:127.0.0.1]:143"] {
            check(address, Tls::None, true);
        }
        for address in ["192.0.2.1:143", "[2001:db8::1]:143", "0.0.0.0:143", "[::]:143"] {
            check(address, Tls::None, false);
            check(address, Tls::Implicit, true);
            check(address, Tls::StartTls, true);
        }
    }
}
