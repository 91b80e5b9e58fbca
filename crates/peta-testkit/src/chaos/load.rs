//! The load: every agent of a site calls and calls, and notes what became of it.

use std::time::{Duration, Instant};

use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
    time::sleep,
};

use super::{
    caller::Caller,
    dice::Dice,
    note::{Became, Note},
    site::Site,
};
use crate::within;

/// After a fault every agent is served again within this time.
const BACK: Duration = Duration::from_secs(15);

/// A load that runs.
pub struct Load {
    stop: watch::Sender<bool>,
    /// Calls that were refused since they could not be recorded.
    unrecorded: watch::Sender<usize>,
    served: watch::Sender<usize>,
    running: JoinSet<(Caller, Vec<Note>)>,
}

impl Load {
    /// Lets all agents of the site call.
    pub fn begin(site: &mut Site, dice: &Dice) -> Self {
        let (stop, stopped) = watch::channel(false);
        let unrecorded = watch::Sender::new(0);
        let served = watch::Sender::new(0);
        let mut running = JoinSet::new();
        for (number, caller) in site.callers.drain(..).enumerate() {
            running.spawn(call_until(
                caller,
                dice.part(number as u64),
                stopped.clone(),
                (unrecorded.clone(), served.clone()),
            ));
        }
        Self { stop, unrecorded, served, running }
    }

    /// Until the record could not be written for so many more calls, which were refused for it.
    pub async fn unrecorded(&self, more: usize) {
        Self::more(&self.unrecorded, more, "calls are refused, as they cannot be recorded").await;
    }

    /// Waits until so many more calls were answered: sessions are open by then.
    pub async fn served(&self, more: usize) {
        Self::more(&self.served, more, "calls are answered").await;
    }

    async fn more(count: &watch::Sender<usize>, more: usize, what: &str) {
        let mut calls = count.subscribe();
        let least = *calls.borrow_and_update() + more;
        within(what, calls.wait_for(|calls| *calls >= least)).await.expect("the load runs");
    }

    /// Ends it, once each agent has been answered again; all their notes.
    pub async fn end(mut self, site: &mut Site) -> Result<Vec<Note>, JoinError> {
        self.stop.send_replace(true);
        let mut notes = Vec::new();
        while let Some(ended) = self.running.join_next().await {
            let (caller, noted) = ended?;
            site.callers.push(caller);
            notes.extend(noted);
        }
        site.callers.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(notes)
    }
}

/// Calls until it is told to stop and has been answered since.
async fn call_until(
    mut caller: Caller,
    mut dice: Dice,
    stopped: watch::Receiver<bool>,
    (unrecorded, served): (watch::Sender<usize>, watch::Sender<usize>),
) -> (Caller, Vec<Note>) {
    let mut notes = Vec::new();
    let mut told = None;
    loop {
        if *stopped.borrow() {
            told = told.or(Some(Instant::now()));
        }
        let hold = dice.of(0..12);
        let note = caller.call(hold).await;
        let answered = note.became == Became::Ok;
        if matches!(&note.became, Became::Refused(code) if code.contains("P6001")) {
            unrecorded.send_modify(|calls| *calls += 1);
        }
        if answered {
            served.send_modify(|calls| *calls += 1);
        }
        notes.push(note);
        match told {
            Some(_) if answered => return (caller, notes),
            Some(since) if since.elapsed() > BACK => panic!("{} is not served again: {notes:#?}", caller.name),
            _ => {}
        }
        sleep(dice.pause(if answered { 4 } else { 60 })).await;
    }
}
