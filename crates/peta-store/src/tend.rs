//! Looks after the record, a second at a time: while it cannot be written, tries whether it can be again (with no calls
//! coming, nobody else would), and brings files that are full to the disk.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::{
    damage::report,
    record::{Columns, Damage, Entry, Gap, Log, Part},
};

const EVERY: Duration = Duration::from_secs(1);
/// After columns could not be kept, so many turns go by before they are made again.
const PAUSE: u32 = 60;

/// The task: runs until the store closes.
pub(crate) async fn tend(log: Arc<Log>, mut closing: watch::Receiver<bool>) {
    let mut tick = interval(EVERY);
    let mut pause = 0_u32;
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = closing.changed() => return,
        }
        if log.is_unsynced() || log.has_rolled() {
            let log = Arc::clone(&log);
            // What goes wrong is told there, and tried again.
            tokio::task::spawn_blocking(move || log.bring_to_disk().ok()).await.ok();
        }
        if !log.writable() {
            log.append(&Entry::Mark(log.now())).ok();
        }
        pause = match pause.checked_sub(1) {
            Some(pause) => pause,
            None => make_columns(&log, &closing).await,
        };
    }
}

/// Of the files that are full, one after the other. Gives how many turns to leave out.
async fn make_columns(log: &Arc<Log>, closing: &watch::Receiver<bool>) -> u32 {
    for part in log.full().into_iter().filter(|part| !part.has_columns()) {
        if *closing.borrow() {
            return 0;
        }
        let of = Arc::clone(&part);
        match tokio::task::spawn_blocking(move || of.columns()).await {
            Ok(Ok(columns)) => report(log, damage(&part, &*columns)),
            // Whoever searches the file meets the same, and is told.
            Ok(Err(error)) => tracing::debug!(file = %part.path.display(), %error, "columns cannot be made"),
            Err(_) => {}
        }
        if !part.has_columns() {
            return PAUSE;
        }
    }
    0
}

fn damage(part: &Part, columns: &dyn Columns) -> Vec<Damage> {
    let of = |gap: &Gap| Damage { path: part.path.clone(), offset: gap.offset, bytes: gap.bytes };
    columns.gaps().iter().map(of).collect()
}

#[cfg(test)]
mod tests;
