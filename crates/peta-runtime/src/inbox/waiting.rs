//! The exchanges that wait for an answer over one line, by their ids, and how many they are.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
};

use tokio::{sync::watch, time::Instant};

use crate::{
    custody::Ticket,
    fault::{LostWhy, SendError},
    lock::lock,
    mailbox::Mailbox,
};

pub(super) struct Waiting {
    boxes: Mutex<Boxes>,
    /// How many wait.
    running: watch::Sender<usize>,
}

#[derive(Debug)]
struct Boxes {
    by_id: HashMap<u64, Arc<Mailbox>>,
    /// Set once: nothing is waited for after that.
    ended: Option<LostWhy>,
    touched: Instant,
}

impl Waiting {
    pub(super) fn new() -> Self {
        let boxes = Boxes { by_id: HashMap::new(), ended: None, touched: Instant::now() };
        Self { boxes: Mutex::new(boxes), running: watch::Sender::new(0) }
    }

    /// A box for the answer to `id`.
    pub(super) fn expect(&self, id: u64, ticket: Option<Arc<dyn Ticket>>) -> Result<Arc<Mailbox>, SendError> {
        let mut boxes = lock(&self.boxes);
        if let Some(why) = &boxes.ended {
            return Err(SendError::new(why.code, why.text.clone()));
        }
        let mailbox = Arc::new(Mailbox::with(ticket));
        boxes.by_id.insert(id, Arc::clone(&mailbox));
        boxes.touched = Instant::now();
        self.tell_running(&boxes);
        Ok(mailbox)
    }

    pub(super) fn find(&self, id: u64) -> Option<Arc<Mailbox>> {
        lock(&self.boxes).by_id.get(&id).map(Arc::clone)
    }

    pub(super) fn remove(&self, id: u64) -> Option<Arc<Mailbox>> {
        let mut boxes = lock(&self.boxes);
        let removed = boxes.by_id.remove(&id);
        if removed.is_some() {
            boxes.touched = Instant::now();
            self.tell_running(&boxes);
        }
        removed
    }

    /// The only one, if there is only one.
    pub(super) fn alone(&self) -> Option<u64> {
        let boxes = lock(&self.boxes);
        if boxes.by_id.len() == 1 { boxes.by_id.keys().next().copied() } else { None }
    }

    /// Nothing is waited for any more: all that were, the first time.
    pub(super) fn end(&self, why: &LostWhy) -> Option<Vec<Arc<Mailbox>>> {
        let mut boxes = lock(&self.boxes);
        if boxes.ended.is_some() {
            return None;
        }
        boxes.ended = Some(why.clone());
        self.running.send_replace(0);
        Some(std::mem::take(&mut boxes.by_id).into_values().collect())
    }

    pub(super) fn ended(&self) -> Option<LostWhy> {
        lock(&self.boxes).ended.clone()
    }

    /// How many wait, as it changes.
    pub(super) fn running(&self) -> watch::Receiver<usize> {
        let boxes = lock(&self.boxes);
        self.running.send_replace(boxes.by_id.len());
        self.running.subscribe()
    }

    /// Since when no exchange began or ended, if none runs. One lock alone is taken: who begins an exchange holds it while
    /// it tells how many run, so to look at that number first and then here would stop both for ever.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let boxes = lock(&self.boxes);
        boxes.by_id.is_empty().then_some(boxes.touched)
    }

    /// Tells how many run, where somebody wants to know: mostly nobody does, and telling takes longer than a call's other
    /// steps here.
    fn tell_running(&self, boxes: &Boxes) {
        if self.running.receiver_count() > 0 {
            self.running.send_replace(boxes.by_id.len());
        }
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        lock(&self.boxes).fmt(f)
    }
}
