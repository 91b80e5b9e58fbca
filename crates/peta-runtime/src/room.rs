//! Room for running children: so many of one caller, of one server, and in all. Who finds none waits a little.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use peta_model::Code;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{config::Bounds, fault::OpenError, lock::lock};

#[derive(Debug)]
pub(crate) struct Rooms {
    all: Arc<Semaphore>,
    per_caller: usize,
    callers: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub(crate) struct Room {
    _permits: [Option<OwnedSemaphorePermit>; 3],
}

impl Rooms {
    pub(crate) fn new(bounds: &Bounds) -> Self {
        Self { all: Arc::new(Semaphore::new(bounds.in_all)), per_caller: bounds.per_caller, callers: Mutex::default() }
    }

    /// Takes a place, or says that there is none.
    pub(crate) async fn take(
        &self,
        caller: Option<&str>,
        server: &Arc<Semaphore>,
        within: Duration,
    ) -> Result<Room, OpenError> {
        let caller = caller.map(|caller| self.of_caller(caller));
        let all = Arc::clone(&self.all);
        let server = Arc::clone(server);
        // The narrowest first, so that who waits for it holds none of what others need.
        let taken = timeout(within, async move {
            let own = match caller {
                Some(caller) => Some(caller.acquire_owned().await.ok()?),
                None => None,
            };
            let server = server.acquire_owned().await.ok()?;
            let all = all.acquire_owned().await.ok()?;
            Some(Room { _permits: [own, Some(server), Some(all)] })
        });
        let none = || OpenError::new(Code::INSTANCE_LIMIT, "too many instances of stdio servers are running");
        taken.await.ok().flatten().ok_or_else(none)
    }

    fn of_caller(&self, caller: &str) -> Arc<Semaphore> {
        let mut callers = lock(&self.callers);
        if let Some(known) = callers.get(caller).and_then(Weak::upgrade) {
            return known;
        }
        callers.retain(|_, known| known.strong_count() > 0);
        let room = Arc::new(Semaphore::new(self.per_caller));
        callers.insert(caller.to_owned(), Arc::downgrade(&room));
        room
    }
}

#[cfg(test)]
mod tests;
