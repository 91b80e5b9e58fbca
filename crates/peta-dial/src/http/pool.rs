//! Connections kept for the next request: those of HTTP/1.1 while nobody uses them, the one of HTTP/2 for all.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::connection::Connection;

/// Servers of this field close idle connections after 5 s (Node, uvicorn); a request must not meet the closing.
const KEPT: Duration = Duration::from_secs(4);
const KEPT_MOST: usize = 64;

#[derive(Default)]
pub(super) struct Pool {
    /// The one used last stands last.
    idle: Mutex<Vec<(Connection, Instant)>>,
    shared: Mutex<Option<Connection>>,
    /// Set once the server chose HTTP/1.1.
    not_shared: AtomicBool,
    turn: tokio::sync::Mutex<()>,
    /// Counts how often all were let go of.
    era: AtomicU64,
}

impl Pool {
    /// A connection that is free, if there is one.
    pub(super) fn take(&self) -> Option<Connection> {
        self.shared().or_else(|| {
            let mut idle = self.idle();
            while let Some((connection, since)) = idle.pop() {
                if since.elapsed() > KEPT {
                    // Those below have been idle for longer.
                    idle.clear();
                } else if !connection.is_closed() {
                    return Some(connection);
                }
            }
            None
        })
    }

    /// The connection that all share, if the server speaks HTTP/2.
    pub(super) fn shared(&self) -> Option<Connection> {
        if !self.may_be_shared() {
            return None;
        }
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        match shared.as_ref() {
            Some(Connection::Many(sender)) if !sender.is_closed() => Some(Connection::Many(sender.clone())),
            _ => {
                *shared = None;
                None
            }
        }
    }

    /// What an exchange that begins now gives its connection back with.
    pub(super) fn era(&self) -> u64 {
        self.era.load(Ordering::Acquire)
    }

    /// Lets go of all of HTTP/1.1: of those that wait now, and of those that are used when they come back.
    pub(super) fn let_go(&self) {
        let idle = {
            let mut idle = self.idle();
            self.era.fetch_add(1, Ordering::AcqRel);
            std::mem::take(&mut *idle)
        };
        drop(idle);
    }

    /// Takes back a connection whose last answer was read to its end, and whose exchange began in this era.
    pub(super) fn keep(&self, connection: Connection, era: u64) {
        if matches!(connection, Connection::One(_) | Connection::Spliced(..)) && !connection.is_closed() {
            let mut idle = self.idle();
            if idle.len() < KEPT_MOST && era == self.era() {
                idle.push((connection, Instant::now()));
            }
        }
    }

    pub(super) fn opened(&self, connection: &Connection) {
        match connection {
            Connection::One(_) | Connection::Spliced(..) => self.not_shared.store(true, Ordering::Relaxed),
            Connection::Many(sender) => {
                self.not_shared.store(false, Ordering::Relaxed);
                *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(Connection::Many(sender.clone()));
            }
        }
    }

    pub(super) fn may_be_shared(&self) -> bool {
        !self.not_shared.load(Ordering::Relaxed)
    }

    pub(super) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
