//! The job that keeps grants good: ahead of their end, with growing pauses where a provider does not answer, and after a
//! restart too, for all that it needs stands in the snapshot.

use std::{collections::HashMap, time::Duration};

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
        let mut wait = AT_LEAST;
        if !clerk.safe().is_locked() {
            let (ready, next) = due(&clerk, &mut failed);
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
            end_those_that_are_over(&clerk).await;
            wait = next.min(AT_LEAST);
        }
        tokio::select! {
            _ = changes.next() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// What is to be renewed now, and when to look again.
fn due(clerk: &Clerk, failed: &mut HashMap<CredentialId, Failed>) -> (Vec<(CredentialId, u64)>, Duration) {
    let (snapshot, now, clock) = (clerk.store().snapshot(), Clerk::now(), Instant::now());
    failed.retain(|id, failed| snapshot.credential(id).is_some_and(|entry| entry.version == failed.version));
    let (mut ready, mut next) = (Vec::new(), AT_LEAST);
    for entry in snapshot.credentials() {
        let Some(granted) = granted(entry).filter(|granted| granted.refreshable) else { continue };
        match oauth::due(now, granted.issued, granted.expires) {
            Due::Never => {}
            Due::At(at) => next = next.min(between(now, at)),
            Due::Now | Due::Over => match failed.get(&entry.id) {
                Some(failed) if clock < failed.next => next = next.min(failed.next - clock),
                _ => ready.push((entry.id, entry.version)),
            },
        }
    }
    (ready, next)
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
async fn end_those_that_are_over(clerk: &Clerk) {
    let (snapshot, now) = (clerk.store().snapshot(), Clerk::now());
    for entry in snapshot.credentials() {
        let over = granted(entry).is_some_and(|granted| {
            !granted.refreshable && oauth::due(now, granted.issued, granted.expires) == Due::Over
        });
        if over {
            let why = Trouble::new(Code::CONNECT_AGAIN, "the token has run out, and it cannot be renewed");
            if let Err(trouble) = clerk.mark_broken(entry.id, entry.version, &why).await {
                tracing::warn!(credential = %entry.name, "it cannot be noted that its token has run out: {trouble}");
            }
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
