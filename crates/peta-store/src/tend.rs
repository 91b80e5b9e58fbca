//! Looks after the record, a second at a time: while it cannot be written, tries whether it can be again (with no calls
//! coming, nobody else would), and brings files that are full to the disk.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::record::{Entry, Log};

const EVERY: Duration = Duration::from_secs(1);

/// The task: runs until the store closes.
pub(crate) async fn tend(log: Arc<Log>, mut closing: watch::Receiver<bool>) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = closing.changed() => return,
        }
        if !log.writable() {
            log.append(&Entry::Mark(log.now())).ok();
        }
        let full = log.rolled();
        if full.is_empty() {
            continue;
        }
        let synced = tokio::task::spawn_blocking(move || full.iter().try_for_each(|file| file.sync_data())).await;
        if let Ok(Err(error)) = synced {
            tracing::warn!(%error, "a full file of the record could not be brought to the disk");
        }
    }
}
