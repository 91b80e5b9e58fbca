//! The job that keeps grants good: ahead of their end, with growing pauses where a provider does not answer, and after a
//! restart too, for all that it needs stands in the snapshot.

use std::{collections::HashMap, sync::Arc, time::Duration};

use peta_identity::oauth::{self, Due};
use peta_model::{Code, CredentialId, Moment};
use peta_store::CredentialEntry;
use tokio::time::Instant;

use super::{clerk::Clerk, renew::Cause, trouble::Trouble};

/// It looks at least so often: a clock on the wall may be set, and a vault may be unlocked.
const AT_LEAST: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
const FORGET: Duration = Duration::from_secs(60);
/// A look at all grants is followed by a pause of so many times as long as it took: with very many of them, changes that
/// come one after the other do not make it look for each.
const REST: u32 = 10;

/// A renewal that did not succeed.
struct Failed {
    version: u64,
    pause: Duration,
    next: Instant,
}

/// Runs as long as Core.
pub(in crate::serve) async fn watch(clerk: Clerk) {
    let mut changes = clerk.store().changes();
    let mut failed: HashMap<CredentialId, Failed> = HashMap::new();
    let mut forget = Instant::now();
    loop {
        if Instant::now() >= forget {
            forget = Instant::now() + FORGET;
            if let Err(error) = clerk.store().forget_things(Clerk::now()).await {
                tracing::warn!(%error, "old connections cannot be forgotten");
            }
        }
        let (mut wait, mut rest) = (AT_LEAST, Duration::ZERO);
        if !clerk.safe().is_locked() {
            let began = Instant::now();
            let Look { ready, over, next } = look(&clerk, &mut failed);
            (wait, rest) = (next.min(AT_LEAST), began.elapsed() * REST);
            let renewed = ready.into_iter().map(|(id, version)| {
                let clerk = clerk.clone();
                tokio::spawn(async move { (id, version, clerk.renew(id, version, Cause::Due).await) })
            });
            let renewed: Vec<_> = renewed.collect();
            if !renewed.is_empty() {
                for done in renewed {
                    let Ok((id, version, done)) = done.await else { continue };
                    note(&mut failed, (id, version), done);
                }
                continue;
            }
            end_those_that_are_over(&clerk, over).await;
        }
        tokio::time::sleep(rest).await;
        tokio::select! {
            _ = changes.next() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// What is to be done now, and when to look again.
struct Look {
    ready: Vec<(CredentialId, u64)>,
    /// Tokens that nobody can renew, and that have run out.
    over: Vec<Arc<CredentialEntry>>,
    next: Duration,
}

/// Only those that are granted are looked at: of stored ones there may be a hundred thousand, and each change wakes this.
fn look(clerk: &Clerk, failed: &mut HashMap<CredentialId, Failed>) -> Look {
    let (snapshot, now, clock) = (clerk.store().snapshot(), Clerk::now(), Instant::now());
    failed.retain(|id, failed| snapshot.credential(id).is_some_and(|entry| entry.version == failed.version));
    let mut look = Look { ready: Vec::new(), over: Vec::new(), next: AT_LEAST };
    for entry in snapshot.granting() {
        let Some(granted) = granted(entry) else { continue };
        match (oauth::due(now, granted.issued, granted.expires), granted.refreshable) {
            (Due::Never, _) | (Due::At(_) | Due::Now, false) => {}
            (Due::At(at), true) => look.next = look.next.min(between(now, at)),
            (Due::Over, false) => look.over.push(Arc::clone(entry)),
            (Due::Now | Due::Over, true) => match failed.get(&entry.id) {
                Some(failed) if clock < failed.next => look.next = look.next.min(failed.next - clock),
                _ => look.ready.push((entry.id, entry.version)),
            },
        }
    }
    look
}

fn note(failed: &mut HashMap<CredentialId, Failed>, (id, version): (CredentialId, u64), done: Result<(), Trouble>) {
    match done {
        Ok(()) => drop(failed.remove(&id)),
        Err(trouble) => {
            tracing::warn!(credential = %id, code = %trouble.code, "a grant was not renewed: {trouble}");
            let pause = failed.get(&id).map_or(FIRST_PAUSE, |failed| (failed.pause * 2).min(LONGEST_PAUSE));
            failed.insert(id, Failed { version, pause, next: Instant::now() + pause });
        }
    }
}

/// Tokens that nobody can renew end with their time.
async fn end_those_that_are_over(clerk: &Clerk, over: Vec<Arc<CredentialEntry>>) {
    for entry in over {
        let why = Trouble::new(Code::CONNECT_AGAIN, "the token has run out, and it cannot be renewed");
        if let Err(trouble) = clerk.mark_broken(entry.id, entry.version, &why).await {
            tracing::warn!(credential = %entry.name, "it cannot be noted that its token has run out: {trouble}");
        }
    }
}

/// What is granted, if it serves.
fn granted(entry: &CredentialEntry) -> Option<&peta_store::Granted> {
    entry.oauth.as_deref().filter(|oauth| oauth.broken.is_none())?.granted.as_ref()
}

fn between(now: Moment, at: Moment) -> Duration {
    let micros = at.micros().saturating_sub(now.micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0)) + Duration::from_millis(1)
}
