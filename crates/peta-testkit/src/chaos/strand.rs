//! A TCP proxy for chaos: it passes bytes on, until it is told to cut, to be slow, or to fall silent.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use rustix::net::sockopt::set_socket_linger;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// A listener of its own in front of an address; gone when it is dropped.
pub struct Strand {
    pub address: String,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    to: String,
    mood: watch::Sender<Mood>,
    open: Mutex<Vec<JoinHandle<()>>>,
}

/// How it treats bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    #[default]
    Well,
    /// Each piece waits so long.
    Slow(Duration),
    /// Nothing passes and nothing is closed, as when a machine in between has died (half-open).
    Silent,
}

impl Strand {
    /// Listens on a free port of loopback.
    pub async fn to(address: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let here = listener.local_addr().expect("an address").to_string();
        let shared =
            Arc::new(Shared { to: address.to_owned(), mood: watch::Sender::new(Mood::Well), open: Mutex::default() });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address: here, shared, accepting }
    }

    /// Resets all open connections at both ends (RST), in the middle of whatever they carry. New ones are served.
    pub fn cut(&self) -> usize {
        let open = std::mem::take(&mut *self.shared.open.lock().expect("unpoisoned"));
        // Lingering is off, so a dropped socket is reset, not closed.
        let live: Vec<_> = open.into_iter().filter(|carried| !carried.is_finished()).collect();
        live.iter().for_each(JoinHandle::abort);
        live.len()
    }

    pub fn set(&self, mood: Mood) {
        self.shared.mood.send_replace(mood);
    }
}

impl Drop for Strand {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((near, _)) = listener.accept().await {
        let (to, mood) = (shared.to.clone(), shared.mood.subscribe());
        let carried = tokio::spawn(async move {
            // Nobody listens behind it: whoever came is reset.
            let _ = carry(near, &to, mood).await;
        });
        let mut open = shared.open.lock().expect("unpoisoned");
        open.retain(|carried| !carried.is_finished());
        open.push(carried);
    }
}

async fn carry(mut near: TcpStream, to: &str, mood: watch::Receiver<Mood>) -> io::Result<()> {
    reset_at_the_end(&near)?;
    #[expect(clippy::disallowed_methods, reason = "the proxy of the tests")]
    let mut far = TcpStream::connect(to).await?;
    reset_at_the_end(&far)?;
    // Halves that borrow: owned ones say goodbye (FIN) when they are dropped.
    let ((near_out, near_in), (far_out, far_in)) = (near.split(), far.split());
    let (there, back) = (pass(near_out, far_in, mood.clone()), pass(far_out, near_in, mood));
    // An error of either ends both.
    tokio::try_join!(there, back).map(|_| ())
}

fn reset_at_the_end(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    Ok(set_socket_linger(socket, Some(Duration::ZERO))?)
}

/// Passes one direction on until its end, and that end too.
async fn pass(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, mut mood: watch::Receiver<Mood>) -> io::Result<()> {
    let mut piece = vec![0; 16 << 10];
    loop {
        let count = from.read(&mut piece).await?;
        let now = *mood.borrow();
        if let Mood::Slow(pause) = now {
            tokio::time::sleep(pause).await;
        }
        mood.wait_for(|mood| *mood != Mood::Silent).await.map_err(io::Error::other)?;
        if count == 0 {
            return to.shutdown().await;
        }
        to.write_all(&piece[..count]).await?;
    }
}

#[cfg(test)]
mod tests;
