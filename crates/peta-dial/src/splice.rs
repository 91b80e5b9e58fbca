//! Secrets in requests. hyper copies the head of a request into a buffer that outlives it in a kept connection, so hyper
//! never sees a secret: the head holds a placeholder, and a thin writer between hyper and TLS or the socket puts the
//! bytes of a lease in its place, straight from locked memory (security.md 3).

use std::{
    fmt, io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use peta_arena::Lease;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Stands in a request where a secret is to go: 32 hexadecimal digits, fit for headers and URLs alike. Nobody can guess it,
/// so nothing else in a request can be taken for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Placeholder([u8; 32]);

/// Who lends what stands for a placeholder.
pub trait Lender: Send + Sync {
    /// The bytes, for the write alone; asked for when it begins.
    fn lend(&self) -> Result<Lease, NotLent>;

    /// The time by which leases end.
    fn now(&self) -> Duration;
}

/// There is nothing to lend: the request must not go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the credential that the request needs is not to be had")]
pub struct NotLent;

/// What goes where in one request.
#[derive(Clone)]
pub struct Splice {
    pub placeholder: Placeholder,
    pub lender: Arc<dyn Lender>,
}

/// What is still to be put into the request that a connection writes.
#[derive(Default)]
pub struct Desk(Mutex<Vec<Splice>>);

/// A connection that puts secrets where placeholders stand.
pub struct Splicing<S> {
    socket: S,
    desk: Arc<Desk>,
    putting: Option<Putting>,
}

/// A secret that is being written.
struct Putting {
    splice: Splice,
    lease: Lease,
    /// How much of what is written stands before its placeholder.
    before: usize,
    written: usize,
}

impl Placeholder {
    /// Out of random bytes, new ones for each request.
    pub fn new(random: [u8; 16]) -> Self {
        let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' - 10 + value };
        let mut digits = [0; 32];
        let (pairs, _) = digits.as_chunks_mut::<2>();
        pairs.iter_mut().zip(random).for_each(|(pair, byte)| *pair = [digit(byte >> 4), digit(byte & 15)]);
        Self(digits)
    }

    pub fn as_str(&self) -> &str {
        // They are ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn place_in(&self, bytes: &[u8]) -> Option<usize> {
        memchr::memmem::find(bytes, &self.0)
    }
}

impl fmt::Debug for Splice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Splice").finish_non_exhaustive()
    }
}

impl fmt::Debug for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Placeholder")
    }
}

impl Desk {
    /// Lays out what the next request needs.
    pub fn lay(&self, splices: &[Splice]) {
        *self.splices() = splices.to_vec();
    }

    /// Whether everything was put where it goes.
    pub fn is_clear(&self) -> bool {
        self.splices().is_empty()
    }

    /// The first placeholder in these bytes.
    fn first_in(&self, bytes: &[u8]) -> Option<(usize, Splice)> {
        let splices = self.splices();
        let found = splices.iter().filter_map(|splice| Some((splice.placeholder.place_in(bytes)?, splice)));
        found.min_by_key(|(at, _)| *at).map(|(at, splice)| (at, splice.clone()))
    }

    /// How much of these bytes stands before any placeholder but this one.
    fn plain_in(&self, bytes: &[u8], but: &Placeholder) -> usize {
        let splices = self.splices();
        let others = splices.iter().filter(|splice| splice.placeholder != *but);
        others.filter_map(|splice| splice.placeholder.place_in(bytes)).min().unwrap_or(bytes.len())
    }

    fn clear(&self, placeholder: &Placeholder) {
        self.splices().retain(|splice| splice.placeholder != *placeholder);
    }

    fn splices(&self) -> MutexGuard<'_, Vec<Splice>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Splicing<S> {
    /// The connection, and where to lay out what goes into its requests.
    pub fn new(socket: S) -> (Self, Arc<Desk>) {
        let desk = Arc::<Desk>::default();
        (Self { socket, desk: Arc::clone(&desk), putting: None }, desk)
    }
}

impl<S: AsyncWrite + Unpin> Splicing<S> {
    /// Writes on at a secret, with what stands before and behind it, in one go: each write of its own would be a call of
    /// the system and a packet, and would show how long the secret is. Ready with how much of `from` is written.
    fn put(&mut self, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        while let Some(putting) = &mut self.putting {
            let (socket, now) = (&mut self.socket, putting.splice.lender.now());
            let (before, behind) = from.split_at(putting.before.min(from.len()));
            let placeholder = &putting.splice.placeholder;
            let behind = behind.get(placeholder.0.len()..).unwrap_or_default();
            let behind = behind.get(..self.desk.plain_in(behind, placeholder)).unwrap_or_default();
            let wrote = putting.lease.with(now, |secret| {
                let secret = secret.get(putting.written..).unwrap_or_default();
                let parts = [before, secret, behind].map(io::IoSlice::new);
                // Nothing at all is not written, for a socket that takes none of it is taken for a broken one.
                if parts.iter().all(|part| part.is_empty()) {
                    return Poll::Ready(Ok((0, 0)));
                }
                match Pin::new(socket).poll_write_vectored(cx, &parts) {
                    Poll::Ready(Ok(0)) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    wrote => wrote.map_ok(|count| (count, secret.len())),
                }
            });
            let (count, secret) = ready!(wrote.unwrap_or_else(|expired| Poll::Ready(Err(io::Error::other(expired)))))?;
            let done = std::mem::take(&mut putting.before);
            let Some(past) = count.checked_sub(done) else {
                putting.before = done - count;
                return Poll::Ready(Ok(count));
            };
            let Some(behind) = past.checked_sub(secret) else {
                putting.written += past;
                if done == 0 {
                    continue;
                }
                return Poll::Ready(Ok(done));
            };
            putting.lease.end();
            let placeholder = putting.splice.placeholder.clone();
            self.putting = None;
            self.desk.clear(&placeholder);
            return Poll::Ready(Ok(done + placeholder.0.len() + behind));
        }
        Poll::Ready(Ok(0))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Splicing<S> {
    /// While a secret is being written, what counts as written of `from` ends before its placeholder or behind it; so
    /// whoever writes comes back with a buffer that begins there.
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.putting.is_none() {
            let Some((before, splice)) = this.desk.first_in(from) else {
                return Pin::new(&mut this.socket).poll_write(cx, from);
            };
            let lease = splice.lender.lend().map_err(io::Error::other)?;
            this.putting = Some(Putting { splice, lease, before, written: 0 });
        }
        this.put(cx, from)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Splicing<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_read(cx, into)
    }
}

#[cfg(test)]
mod tests;
