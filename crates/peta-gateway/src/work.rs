//! The work on one request. Whoever waits for its answer drives it, so that most requests cost no task of their own;
//! once nobody waits, it goes on as one: a dropped connection is no cancellation (HT13).

use std::{pin::Pin, task::Context};

use tokio::runtime::Handle;

/// What is rare on a road that must stay small: on the heap, where the road does not carry the room for it.
pub(crate) type Rare<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

pub(crate) fn rare<'a, T>(future: impl Future<Output = T> + Send + 'a) -> Rare<'a, T> {
    Box::pin(future)
}

#[must_use = "dropped, it goes on as a task of its own; that should be meant"]
pub(crate) struct Work(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Work {
    pub(crate) fn new(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Some(Box::pin(work)))
    }

    /// Nobody will drive it here.
    pub(crate) fn detach(self) {}

    /// A step of it. What it brings, it puts on its lane.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) {
        if let Some(work) = &mut self.0
            && work.as_mut().poll(cx).is_ready()
        {
            self.0 = None;
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let (Some(left), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(left);
        }
    }
}
