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

/// After a fault every agent is served again within this time.
const BACK: Duration = Duration::from_secs(15);

/// A load that runs.
pub struct Load {
    stop: watch::Sender<bool>,
    running: JoinSet<(Caller, Vec<Note>)>,
}

impl Load {
    /// Lets all agents of the site call.
    pub fn begin(site: &mut Site, dice: &Dice) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut running = JoinSet::new();
        for (number, caller) in site.callers.drain(..).enumerate() {
            running.spawn(call_until(caller, dice.part(number as u64), stopped.clone()));
        }
        Self { stop, running }
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
async fn call_until(mut caller: Caller, mut dice: Dice, stopped: watch::Receiver<bool>) -> (Caller, Vec<Note>) {
    let mut notes = Vec::new();
    let mut told = None;
    loop {
        if *stopped.borrow() {
            told = told.or(Some(Instant::now()));
        }
        let hold = dice.of(0..12);
        let note = caller.call(hold).await;
        let answered = note.became == Became::Ok;
        notes.push(note);
        match told {
            Some(_) if answered => return (caller, notes),
            Some(since) if since.elapsed() > BACK => panic!("{} is not served again: {notes:#?}", caller.name),
            _ => {}
        }
        sleep(dice.pause(if answered { 4 } else { 60 })).await;
    }
}
