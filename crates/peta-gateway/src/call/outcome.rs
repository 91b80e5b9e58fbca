//! Record outcome: before the answer leaves, or the last of one that leaves as it comes, how the call ended stands in the
//! record. If it cannot be written, the answer is withheld.

use std::sync::Arc;

use bytes::Bytes;
use peta_audit::Stage;
use peta_model::Outcome;
use tokio::time::Instant;

use super::{
    forward::Answer,
    pass::{BrokenOff, Passed, Passing},
    sanitize::Clean,
};
use crate::{entry::Entry, hub::Hub, session::running::Running, stop::Stop, work::rare};

/// Writes how a call ended, and only then gives the answer's text, or what is left of it.
pub async fn outcome(hub: &Arc<Hub>, entry: Entry, end: Result<Clean, Stop>, running: &Running) -> Option<Bytes> {
    entry.laps().take_in(&running.laps);
    match end.map(Clean::into_answer) {
        Err(stop) => entry.stopped(hub, stop).await,
        Ok(Answer::Whole { text, failed }) => Some(entry.answered(hub, said(failed), text).await),
        Ok(Answer::Passing(passing)) => match rare(whole(passing, running, &entry)).await {
            Ok(passed) => {
                let written = entry.passed(hub, said(passed.failed), passed.length, passed.tapped).await;
                written.is_ok().then_some(passed.last)
            }
            Err(broken) => {
                let refusal = entry.stopped(hub, broken.why).await;
                // Whose agent has a part of the answer already sees it break off: nothing may follow.
                refusal.filter(|_| !broken.begun)
            }
        },
    }
}

/// Passes on what comes, and notes how long the server took for it.
async fn whole(passing: Passing, running: &Running, entry: &Entry) -> Result<Passed, BrokenOff> {
    let began = Instant::now();
    let passed = passing.all_but_the_last(running, entry.tap()).await;
    entry.laps().add(Stage::Server, began.elapsed());
    passed
}

fn said(failed: bool) -> Outcome {
    if failed { Outcome::Error } else { Outcome::Ok }
}
