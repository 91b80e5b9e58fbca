//! What is done for the vault for as long as Core runs.

use std::time::Duration;

use peta_model::Moment;
use peta_vault::safe::{SWEEP, Safe};

use super::strongroom::Strongroom;
use crate::serve::senses;

/// How often it is looked whether a key is due, and what was retired a day ago.
const TEND: Duration = Duration::from_secs(600);
/// How long the fingerprints of a retired secret are kept, in microseconds.
const RETIRED: i64 = 86_400_000_000;

/// Ends loans at their deadline, for as long as Core runs.
pub(super) async fn sweep(safe: Safe) {
    let mut tick = tokio::time::interval(SWEEP);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        safe.sweep();
    }
}

/// Keeps the vault in order: goes on with what was cut off, rotates a key that is due, forgets what was retired.
pub(super) async fn tend(room: Strongroom) {
    let mut tick = tokio::time::interval(TEND);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        // A vault that is opened late, by hand or since its provider was away, goes on at once with what was cut off.
        tokio::select! {
            _ = tick.tick() => {}
            () = room.opened() => {}
        }
        let before = Moment::from_micros(senses::now().micros().saturating_sub(RETIRED));
        if let Err(error) = room.store().forget_secrets(before).await {
            tracing::warn!(%error, "what was retired cannot be forgotten");
        }
        if room.safe().is_locked() {
            continue;
        }
        if let Err(refused) = room.tend_payload(senses::now()).await {
            tracing::warn!(code = %refused.code, "the record's keys cannot be kept in order: {}", refused.text);
        }
        if room.progress().is_some_and(|progress| progress.runs) {
            continue;
        }
        let tended = if room.is_retiring().await {
            room.go_on().await
        } else if room.kek_is_due().await {
            match room.begin_kek(None).await {
                Ok(()) => room.go_on().await,
                Err(refused) => Err(refused),
            }
        } else {
            Ok(())
        };
        if let Err(refused) = tended {
            tracing::warn!(code = %refused.code, "the vault's key cannot be rotated: {}", refused.text);
        }
    }
}
