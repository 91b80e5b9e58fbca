//! One connection's pulse: when it was last heard of, so that silent and slow ones can be let go (security.md T04).
//!
//! hyper's own head timer also runs while a kept-alive connection rests, and it has none for HTTP/2 or for the bytes
//! before the first request; so the reads and the requests in flight are watched here.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
    time::Instant,
};

/// How long a connection may take for what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For the head of a request, from its first byte (or from the connection's start).
    pub(crate) head: Duration,
    /// Between requests.
    pub(crate) rest: Duration,
    /// While what waits for it is not taken.
    pub(crate) unread: Duration,
}

/// Shared between the connection's socket, its requests, and whoever waits for it to go silent.
#[derive(Debug)]
pub(crate) struct Pulse {
    state: Mutex<State>,
    /// Set while bytes that arrive would change nothing, so that most reads take no lock.
    deaf: AtomicBool,
    /// Set while the peer does not take what is written to it.
    stuck: AtomicBool,
    changed: Notify,
}

/// The reckoning, without a clock of its own.
#[derive(Debug)]
struct State {
    patience: Patience,
    in_flight: u32,
    /// When the connection is given up, unless something happens before. None while a request is in flight.
    deadline: Option<Instant>,
    /// When it is given up because the peer takes nothing of what it asked for.
    unread: Option<Instant>,
    /// HTTP/2 speaks between requests too (pings, window updates): only HTTP/1's bytes begin a head.
    framed: bool,
    /// Whether a head has begun to arrive.
    in_head: bool,
    /// When whoever waits for the end looks again.
    watched: Option<Instant>,
}

/// One request in flight, until its answer has gone out.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Pulse>);

impl State {
    fn new(patience: Patience, now: Instant) -> Self {
        Self {
            patience,
            in_flight: 0,
            deadline: Some(now + patience.head),
            unread: None,
            framed: false,
            in_head: true,
            watched: None,
        }
    }

    /// A request's head is whole.
    fn begin(&mut self, framed: bool) {
        self.in_flight += 1;
        self.deadline = None;
        self.framed = framed;
    }

    /// Bytes have arrived.
    fn heard(&mut self, now: Instant) {
        if self.in_flight == 0 && !self.framed && !self.in_head {
            self.in_head = true;
            self.deadline = Some(now + self.patience.head);
        }
    }

    /// A request's answer has gone out.
    fn end(&mut self, now: Instant) {
        self.in_flight -= 1;
        if self.in_flight == 0 {
            self.in_head = false;
            self.deadline = Some(now + self.patience.rest);
        }
    }

    /// The peer has stopped taking what is written, or takes it again.
    fn stuck(&mut self, now: Instant, is: bool) {
        self.unread = is.then(|| now + self.patience.unread);
    }

    /// When the connection is given up, if nothing happens.
    fn end_at(&self) -> Option<Instant> {
        self.deadline.into_iter().chain(self.unread).min()
    }

    /// The same, noted as the time at which it is looked at again.
    fn watch(&mut self) -> Option<Instant> {
        self.watched = self.end_at();
        self.watched
    }

    /// Whether the end has come nearer than the time at which it is looked at again. One that has moved away is found out
    /// then; so requests that follow each other cost no timer.
    fn is_sooner(&self) -> bool {
        self.end_at().is_some_and(|end| self.watched.is_none_or(|watched| end < watched))
    }

    /// Whether bytes that arrive now would change nothing.
    fn deaf(&self) -> bool {
        self.in_flight > 0 || self.framed || self.in_head
    }
}

impl Pulse {
    pub(crate) fn new(patience: Patience) -> Arc<Self> {
        let state = Mutex::new(State::new(patience, Instant::now()));
        Arc::new(Self { state, deaf: AtomicBool::new(true), stuck: AtomicBool::new(false), changed: Notify::new() })
    }

    /// A request's head has arrived.
    pub(crate) fn begin(self: &Arc<Self>, framed: bool) -> InFlight {
        self.change(|state| state.begin(framed));
        InFlight(Arc::clone(self))
    }

    /// Waits until the connection has been silent, or slow with a head, for too long.
    pub(crate) async fn stopped(&self) {
        loop {
            let changed = self.changed.notified();
            let deadline = self.state.lock().unwrap_or_else(PoisonError::into_inner).watch();
            match deadline {
                Some(deadline) if deadline <= Instant::now() => return,
                Some(deadline) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(deadline) => {}
                        () = changed => {}
                    }
                }
                None => changed.await,
            }
        }
    }

    fn heard(&self) {
        if !self.deaf.load(Ordering::Acquire) {
            self.change(|state| state.heard(Instant::now()));
        }
    }

    fn wrote<T>(&self, polled: &Poll<T>) {
        let stuck = polled.is_pending();
        if stuck != self.stuck.load(Ordering::Acquire) {
            self.stuck.store(stuck, Ordering::Release);
            self.change(|state| state.stuck(Instant::now(), stuck));
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        self.deaf.store(state.deaf(), Ordering::Release);
        if state.is_sooner() {
            state.watch();
            drop(state);
            self.changed.notify_one();
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.change(|state| state.end(Instant::now()));
    }
}

/// A socket that tells its pulse of what arrives.
#[derive(Debug)]
pub(crate) struct Heard<S> {
    socket: S,
    pulse: Arc<Pulse>,
}

impl<S> Heard<S> {
    pub(crate) fn new(socket: S, pulse: Arc<Pulse>) -> Self {
        Self { socket, pulse }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.pulse.heard();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.pulse.wrote(&wrote);
        wrote
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.pulse.wrote(&wrote);
        wrote
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;
