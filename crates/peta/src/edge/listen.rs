//! Listeners: accept, count, hand each connection to a task of its own; and the end of all of them.

use std::{io, net::SocketAddr, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc, time::Duration};

use peta_model::Code;
use tokio::{
    net::{TcpListener, TcpSocket, UnixListener},
    sync::watch,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::{
    Crowd, Entry, Manners,
    connection::{self, Stage},
};
use crate::fault::Fault;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;
/// How long to wait when no descriptor is left, or whatever else keeps connections from being accepted.
const BREATH: Duration = Duration::from_millis(100);

/// All listeners of a Core and their connections.
#[derive(Debug)]
pub(crate) struct Listeners {
    manners: Manners,
    crowd: Crowd,
    stage: watch::Sender<Stage>,
    accepting: Vec<JoinHandle<()>>,
}

/// Binds an address.
pub(crate) fn bind(address: SocketAddr) -> Result<TcpListener, Fault> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A Core that was restarted takes its address again, though connections of the last one linger.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bound().map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::AddrInUse => Fault::new(
            Code::ADDRESS_IN_USE,
            format!("another program listens on {address}"),
            "stop it, or choose another address with --listen; port 0 takes any free one",
        ),
        _ => Fault::new(
            Code::ADDRESS_UNUSABLE,
            format!("cannot listen on {address}: {error}"),
            "choose an address of this machine and a port that this user may use (above 1023)",
        ),
    })
}

/// Binds the Unix socket, for its owner only. The directory it is in lets nobody else in meanwhile.
pub(crate) fn bind_socket(path: &Path) -> Result<UnixListener, Fault> {
    let bound = UnixListener::bind(path).and_then(|listener| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok(listener)
    });
    bound.map_err(|error| {
        Fault::new(
            Code::DATA_DIR_UNUSABLE,
            format!("the socket {} cannot be made: {error}", path.display()),
            "the data directory must be on a file system that has Unix sockets",
        )
    })
}

impl Listeners {
    pub(crate) fn new(manners: Manners, crowd: Crowd) -> Self {
        Self { manners, crowd, stage: watch::Sender::new(Stage::Open), accepting: Vec::new() }
    }

    /// Accepts connections over TCP from now on.
    pub(crate) fn open(&mut self, listener: TcpListener, tls: Option<TlsAcceptor>, entry: Entry) {
        let entry = Arc::new(entry);
        let (manners, crowd, stage) = (self.manners.clone(), self.crowd.clone(), self.stage.subscribe());
        self.accepting.push(tokio::spawn(async move {
            loop {
                let (socket, address) = match listener.accept().await {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        not_accepted(&error).await;
                        continue;
                    }
                };
                // Whoever has too many already is not worth an answer.
                let Some(place) = crowd.enter(address.ip()) else { continue };
                _ = socket.set_nodelay(true);
                let (entry, manners, stage, tls) = (Arc::clone(&entry), manners.clone(), stage.clone(), tls.clone());
                let peer = Some(address.ip().to_canonical());
                tokio::spawn(async move {
                    let _place = place;
                    let Some(tls) = tls else { return connection::serve(socket, peer, entry, &manners, stage).await };
                    if let Ok(Ok(socket)) = tokio::time::timeout(manners.head(), tls.accept(socket)).await {
                        connection::serve(socket, peer, entry, &manners, stage).await;
                    }
                });
            }
        }));
    }

    /// Accepts connections over the Unix socket from now on.
    pub(crate) fn open_socket(&mut self, listener: UnixListener, entry: Entry) {
        let entry = Arc::new(entry);
        let (manners, stage) = (self.manners.clone(), self.stage.subscribe());
        self.accepting.push(tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((socket, _)) => {
                        let (entry, manners, stage) = (Arc::clone(&entry), manners.clone(), stage.clone());
                        tokio::spawn(async move { connection::serve(socket, None, entry, &manners, stage).await });
                    }
                    Err(error) => not_accepted(&error).await,
                }
            }
        }));
    }

    /// No new connections.
    pub(crate) fn stop_accepting(&mut self) {
        for accepting in self.accepting.drain(..) {
            accepting.abort();
        }
    }

    /// Connections that rest are closed, those with a request in flight after it.
    pub(crate) fn close(&self) {
        self.stage.send_replace(Stage::Closing);
    }

    /// Waits until every connection has ended.
    pub(crate) async fn closed(&self) {
        self.stage.closed().await;
    }

    /// Cuts what is left.
    pub(crate) fn cut(&self) {
        self.stage.send_replace(Stage::Cut);
    }
}

async fn not_accepted(error: &io::Error) {
    // A peer that left the queue is no trouble of ours; no descriptor left is, and trying at once does not help.
    if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        tracing::warn!(%error, "a connection could not be accepted");
        tokio::time::sleep(BREATH).await;
    }
}
