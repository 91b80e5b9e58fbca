//! Dialling: resolve, check every address, connect to a checked one, and TLS on top.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use rustix::net::sockopt;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::{
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    address::{Class, classify},
    resolve::{Resolve, SystemResolver},
    stream::Stream,
    target::{Host, METADATA, Reach, Target, TargetError},
    tls,
};

/// After so long in silence a connection is probed.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// Settings of the way out.
#[derive(Debug, Clone)]
pub struct Config {
    /// For resolving, connecting and TLS together.
    pub within: Duration,
    /// A PEM file of certificate authorities beside the system's.
    pub extra_ca: Option<PathBuf>,
    /// Endings of names that mean private addresses, such as `corp.example.com`.
    pub private_names: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self { within: Duration::from_secs(10), extra_ca: None, private_names: Vec::new() }
    }
}

/// The way out cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SetupError(String);

/// Why there is no connection. No text holds an address that a name resolved to.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DialError {
    #[error("its address may not be dialled")]
    Refused,
    #[error("its name cannot be resolved")]
    Name,
    #[error("it does not accept connections")]
    Connect(io::ErrorKind),
    #[error("it cannot be connected to in time")]
    Slow,
    #[error("TLS with it failed: {0}")]
    Tls(String),
}

/// The one guarded way out. Cheap to clone.
#[derive(Clone)]
pub struct Dialer {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    resolver: Arc<dyn Resolve>,
    /// Read when it is first needed: most runs of the command line never do.
    tls: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Dialer {
    pub fn new(config: Config) -> Result<Self, SetupError> {
        Self::with_resolver(config, Arc::new(SystemResolver))
    }

    pub fn with_resolver(config: Config, resolver: Arc<dyn Resolve>) -> Result<Self, SetupError> {
        let dialer = Self { inner: Arc::new(Inner { config, resolver, tls: OnceLock::new() }) };
        if dialer.inner.config.extra_ca.is_some() {
            dialer.tls().map_err(SetupError)?;
        }
        Ok(dialer)
    }

    /// The same way out, which trusts these certificate authorities (PEM) in the place of all others.
    pub fn trusting(&self, authorities: &[u8]) -> Result<Self, SetupError> {
        let tls = tls::trusting(authorities).map_err(|error| SetupError(error.to_string()))?;
        let Inner { config, resolver, .. } = &*self.inner;
        let (config, resolver) = (config.clone(), Arc::clone(resolver));
        Ok(Self { inner: Arc::new(Inner { config, resolver, tls: OnceLock::from(Ok(tls)) }) })
    }

    /// Reads a URL that an administrator typed.
    pub fn target(&self, url: &str) -> Result<Target, TargetError> {
        Target::parse_with(url, &self.inner.config.private_names)
    }

    /// Connects to a target for HTTP, with TLS if its URL says so; true if that settled on HTTP/2.
    pub(crate) async fn open_http(&self, target: &Target, only_http1: bool) -> Result<(Stream, bool), DialError> {
        let opening = async {
            let stream = self.dial(target.host(), target.port(), target.reach()).await?;
            if !target.is_tls() {
                return Ok((Stream::Plain(stream), false));
            }
            let one = vec![b"http/1.1".to_vec()];
            let spoken = if only_http1 { one } else { vec![b"h2".to_vec(), b"http/1.1".to_vec()] };
            let stream = self.secure(target.host(), stream, spoken).await?;
            let many = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            Ok((Stream::Tls(Box::new(stream)), many))
        };
        timeout(self.inner.config.within, opening).await.unwrap_or(Err(DialError::Slow))
    }

    /// A connection to a target for a protocol that is not HTTP, with TLS if its URL says so.
    pub async fn open(&self, target: &Target) -> Result<Stream, DialError> {
        let opening = async {
            let stream = self.dial(target.host(), target.port(), target.reach()).await?;
            if !target.is_tls() {
                return Ok(Stream::Plain(stream));
            }
            Ok(Stream::Tls(Box::new(self.secure(target.host(), stream, Vec::new()).await?)))
        };
        timeout(self.inner.config.within, opening).await.unwrap_or(Err(DialError::Slow))
    }

    /// A bare connection.
    pub async fn connect(&self, host: &Host, port: u16, reach: Reach) -> Result<TcpStream, DialError> {
        timeout(self.inner.config.within, self.dial(host, port, reach)).await.unwrap_or(Err(DialError::Slow))
    }

    async fn dial(&self, host: &Host, port: u16, reach: Reach) -> Result<TcpStream, DialError> {
        let addresses = match host {
            Host::Ip(address) => vec![*address],
            Host::Name(name) => self.inner.resolver.resolve(name).await.map_err(|_| DialError::Name)?,
        };
        if addresses.is_empty() {
            return Err(DialError::Name);
        }
        // One bad address among good ones is what an attacker's name looks like.
        if !addresses.iter().all(|address| may_dial(*address, reach)) {
            return Err(DialError::Refused);
        }
        connect_to_one_of(&addresses, port).await
    }

    async fn secure(
        &self,
        host: &Host,
        stream: TcpStream,
        spoken: Vec<Vec<u8>>,
    ) -> Result<TlsStream<TcpStream>, DialError> {
        let name = match host {
            Host::Ip(address) => ServerName::from(*address),
            Host::Name(name) => ServerName::try_from(name.clone()).map_err(|_| DialError::Name)?,
        };
        let connector = TlsConnector::from(self.tls().map_err(DialError::Tls)?);
        let stream = connector.with_alpn(spoken).connect(name, stream).await;
        stream.map_err(|error| DialError::Tls(error.to_string()))
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, String> {
        let made = || tls::client(self.inner.config.extra_ca.as_deref()).map_err(|error| error.to_string());
        self.inner.tls.get_or_init(made).clone()
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

/// Connects to a socket in the file system: this machine's own, guarded by its file's mode.
pub async fn connect_unix(path: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(path).await
}

fn may_dial(address: IpAddr, reach: Reach) -> bool {
    match classify(address) {
        Class::Public => reach != Reach::Metadata,
        Class::Private => reach == Reach::Private,
        Class::Never => reach == Reach::Metadata && address == METADATA,
    }
}

/// The first that accepts; each gets its share of the time, so that a silent one does not hide the next.
async fn connect_to_one_of(addresses: &[IpAddr], port: u16) -> Result<TcpStream, DialError> {
    let mut last = DialError::Slow;
    for address in addresses {
        #[expect(clippy::disallowed_methods, reason = "this is where Peta dials out")]
        let connecting = TcpStream::connect(SocketAddr::new(*address, port));
        let connected = if addresses.len() == 1 {
            connecting.await
        } else {
            timeout(Duration::from_secs(3), connecting).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        };
        match connected.and_then(ready) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = DialError::Connect(error.kind()),
        }
    }
    Err(last)
}

/// No delay; and a peer that has vanished without a word is found out.
fn ready(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(&stream, true)?;
    sockopt::set_tcp_keepidle(&stream, KEEP_ALIVE)?;
    Ok(stream)
}

#[cfg(test)]
mod tests;
