//! Wrong tokens by address, so that guessing is slow and an agent that lost its token does not work Core for nothing
//! (security.md T12). While nobody fails, a request costs one look at a number.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher as _,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{HeaderMap, StatusCode, header};
use tokio::time::Instant;

use super::crowd::group;

/// How long failures count.
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses that are counted one by one; further ones share a count, so that many addresses cost no more memory.
const ADDRESSES: usize = 10_000;
/// Tokens of one address that are known to be right while others from there are wrong.
const PROVEN: usize = 64;

/// Counts failures; cheap to clone, and all clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Guesses(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: u32,
    most_loopback: u32,
    marks: RandomState,
    /// How many addresses have failed of late.
    failing: AtomicUsize,
    tries: Mutex<HashMap<IpAddr, Tries>>,
}

/// What came from one address since its first failure.
#[derive(Debug)]
struct Tries {
    since: Instant,
    failed: u32,
    /// Marks of tokens that were right meanwhile: whoever proved itself does not pay for its neighbour.
    proven: Vec<u64>,
}

/// A request that brought a token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    from: IpAddr,
    mark: u64,
}

impl Guesses {
    pub(crate) fn new(most: u32, most_loopback: u32) -> Self {
        Self(Arc::new(Inner {
            most,
            most_loopback,
            marks: RandomState::new(),
            failing: AtomicUsize::new(0),
            tries: Mutex::default(),
        }))
    }

    /// Lets a request's token be looked at, unless too many from there were wrong: then says how long to wait.
    pub(crate) fn begin(&self, from: IpAddr, headers: &HeaderMap, now: Instant) -> Result<Option<Attempt>, Duration> {
        let Some(token) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
        if self.0.failing.load(Ordering::Relaxed) == 0 {
            return Ok(Some(Attempt { from, mark: 0 }));
        }
        let attempt = Attempt { from, mark: self.0.marks.hash_one(token.as_bytes()) };
        let mut tries = self.0.lock();
        let Some((key, entry)) = find(&tries, from) else { return Ok(Some(attempt)) };
        let since = now.saturating_duration_since(entry.since);
        if since >= WINDOW {
            tries.remove(&key);
            self.0.count(&tries);
            return Ok(Some(attempt));
        }
        let most = if from.to_canonical().is_loopback() { self.0.most_loopback } else { self.0.most };
        if entry.failed < most || entry.proven.contains(&attempt.mark) {
            return Ok(Some(attempt));
        }
        Err(WINDOW - since)
    }

    /// Notes how it went.
    pub(crate) fn end(&self, attempt: Attempt, status: StatusCode, now: Instant) {
        let wrong = status == StatusCode::UNAUTHORIZED;
        if !wrong && attempt.mark == 0 {
            return;
        }
        let mut tries = self.0.lock();
        if let Some(entry) = find(&tries, attempt.from).map(|(key, _)| key).and_then(|key| tries.get_mut(&key)) {
            if wrong {
                entry.failed = entry.failed.saturating_add(1);
                entry.proven.retain(|mark| *mark != attempt.mark);
            } else if entry.proven.len() < PROVEN && !entry.proven.contains(&attempt.mark) {
                entry.proven.push(attempt.mark);
            }
        } else if wrong {
            if tries.len() >= ADDRESSES {
                tries.retain(|_, entry| now.saturating_duration_since(entry.since) < WINDOW);
            }
            let key = if tries.len() < ADDRESSES { group(attempt.from) } else { OTHERS };
            let first = Tries { since: now, failed: 1, proven: Vec::new() };
            tries.insert(key, first);
        }
        self.0.count(&tries);
    }
}

/// Where addresses that find no place of their own are counted together.
const OTHERS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

fn find(tries: &HashMap<IpAddr, Tries>, from: IpAddr) -> Option<(IpAddr, &Tries)> {
    let own = group(from);
    tries.get_key_value(&own).or_else(|| tries.get_key_value(&OTHERS)).map(|(key, entry)| (*key, entry))
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, Tries>> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, tries: &HashMap<IpAddr, Tries>) {
        self.failing.store(tries.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
