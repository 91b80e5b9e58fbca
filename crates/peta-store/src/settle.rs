//! Ends what earlier runs left open. A call that was cut ends as `unknown`; how an act ended, the database knows: its
//! intent stands there beside the change, or the change was not made.

use peta_audit::Ending;
use peta_model::{BootId, Code, EventKind, Moment, Outcome, TenantId};
use sqlx::{Row, SqliteConnection};

use crate::{
    column::damaged,
    record::{Entry, Item, Log, Open, Privy, Sealed, Started, Told, Unwritten, item},
    sql,
};

/// Why it cannot be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettleError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Record(#[from] Unwritten),
}

/// Ends what is open, and writes that this run has begun.
pub(crate) async fn settle(
    conn: &mut SqliteConnection,
    tenant: TenantId,
    (boot, now): (BootId, Moment),
    started: Started,
) -> Result<(), SettleError> {
    let Started { log, open, sign, .. } = started;
    let acts = acts(conn, tenant).await?;
    let end = log.next();
    for open in open {
        let made = acts.iter().any(|(event, _)| *event == open.event);
        log.append(&Entry::Ending(open.event, ending(&open, made, sign)))?;
    }
    for (_, entry) in acts.iter().filter(|(event, _)| *event >= end) {
        again(&log, entry)?;
    }
    log.append(&Entry::Boot(boot, now))?;
    if !acts.is_empty() {
        log.bring_to_disk().map_err(Unwritten::Failed)?;
        sqlx::query(sql::FORGET_ACTS).bind(tenant.as_bytes().to_vec()).execute(conn).await?;
    }
    Ok(())
}

/// Acts whose change was made by the run before: the number of the event, and the entry of its intent.
async fn acts(conn: &mut SqliteConnection, tenant: TenantId) -> Result<Vec<(u64, Vec<u8>)>, sqlx::Error> {
    let rows = sqlx::query(sql::ACTS).bind(tenant.as_bytes().to_vec()).fetch_all(conn).await?;
    let act = |row: &sqlx::sqlite::SqliteRow| {
        let event = u64::try_from(row.try_get::<i64, _>(0)?).map_err(|_| damaged("a number is negative"))?;
        Ok((event, row.try_get(1)?))
    };
    rows.iter().map(act).collect()
}

fn ending(open: &Open, made: bool, sign: i64) -> Ending {
    let (outcome, code) = match (open.act, made) {
        (true, true) => (Outcome::Ok, None),
        (true, false) => (Outcome::Failed, Some(Code::ACT_CUT)),
        (false, _) => (Outcome::Unknown, Some(Code::OUTCOME_UNKNOWN)),
    };
    let duration_us = u64::try_from(sign.saturating_sub(open.time)).unwrap_or(0);
    Ending { code, duration_us, ..Ending::of(outcome) }
}

/// After a power cut the database may know of an act that the record's files have lost: it goes on record again.
fn again(log: &Log, entry: &[u8]) -> Result<(), SettleError> {
    let Some((number, Item::Intent(line))) = item(entry) else {
        return Err(damaged("an act cannot be read").into());
    };
    let sealed =
        line.sealed.map(|found| Sealed { subject: found.subject, commit: found.commit, bytes: found.bytes.to_vec() });
    let event = line.event(number, None, None).ok_or_else(|| damaged("an act cannot be read"))?;
    let kind = event.kind.clone();
    let intent = event.into_intent(EventKind::Admin("act"));
    let private = sealed.as_ref().map_or(Privy::Plain, Privy::Sealed);
    let told = Told { kind: &kind, act: true, ..Told::of(&intent, private) };
    log.append(&Entry::Whole(told, Ending::of(Outcome::Ok)))?;
    Ok(())
}

#[cfg(test)]
mod tests;
