//! The record of Peta 0.1's first databases stood in tables. At the first start with this version its rows are written to
//! files, into a folder that gets its name when it is whole; the migration that follows drops the tables. A start that is
//! killed on the way does it again.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use peta_audit::{Admin, Caller, Door, Ending, Intent};
use peta_model::{Code, EventKind, Moment};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use crate::{
    column::{Columns, damaged},
    record::{Entry, Log, Owner, Place, Privy, StartError, Told, Unwritten, start},
};

/// Why the rows were not carried over. Nothing is lost: they still stand in the tables.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CarryError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Record(#[from] StartError),
    #[error(transparent)]
    Written(#[from] Unwritten),
    #[error(transparent)]
    Files(#[from] io::Error),
    #[error("the record's files go on after the last row of the database")]
    Older,
}

const TABLES: &str = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('events', 'endings')";
const OWNER: &str = "SELECT i.id, t.tenant FROM installs i, tenants t";
const LAST: &str = "SELECT max(coalesce((SELECT max(sequence) FROM events), 0), \
    coalesce((SELECT max(sequence) FROM endings), 0))";
const EVENTS: &str = "SELECT sequence, id, time, kind, agent, agent_id, user_name, token, role, door, session, server, \
    capability, decision, reasons, request_bytes, detail FROM events WHERE sequence > $1 AND sequence <= $2";
const ENDINGS: &str = "SELECT sequence, event, outcome, code, duration_us, response_bytes FROM endings \
    WHERE sequence > $1 AND sequence <= $2";

/// How many numbers are carried at a time.
const STEP: i64 = 10_000;

/// Carries the rows over, if there are any. `dir` is the folder of the record.
pub(crate) async fn carry_over(conn: &mut SqliteConnection, dir: &Path, limit: u64) -> Result<(), CarryError> {
    if sqlx::query_scalar::<_, i64>(TABLES).fetch_one(&mut *conn).await? < 2 {
        return Ok(());
    }
    let last: i64 = sqlx::query_scalar(LAST).fetch_one(&mut *conn).await?;
    let Some(row) = sqlx::query(OWNER).fetch_optional(&mut *conn).await? else { return Ok(()) };
    let mut columns = Columns::of(&row);
    let owner = Owner { install: columns.id()?, tenant: columns.id()? };
    let place = |dir: &Path| Place { dir: dir.to_owned(), owner, limit };
    if dir.exists() {
        // Whole, for it has its name; and if nothing was added to it, the tables are what was carried over.
        let next = start(place(dir), Moment::from_micros(0))?.log.next();
        return if i64::try_from(next).is_ok_and(|next| next == last + 1) { Ok(()) } else { Err(CarryError::Older) };
    }
    if last == 0 {
        return Ok(());
    }
    let unfinished = dir.with_extension("new");
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let log = start(place(&unfinished), Moment::from_micros(0))?.log;
    for from in (0..last).step_by(usize::try_from(STEP).unwrap_or(1)) {
        carry(conn, &log, (from, from + STEP)).await?;
    }
    log.bring_to_disk()?;
    fs::rename(&unfinished, dir)?;
    dir.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())?;
    tracing::info!(entries = last, "the record has moved from the database into files");
    Ok(())
}

enum Row {
    Intent(Box<Intent>, String),
    Ending(u64, Ending),
}

async fn carry(conn: &mut SqliteConnection, log: &Log, (above, up_to): (i64, i64)) -> Result<(), CarryError> {
    let mut rows = Vec::new();
    for row in sqlx::query(EVENTS).bind(above).bind(up_to).fetch_all(&mut *conn).await? {
        rows.push(intent(&row)?);
    }
    for row in sqlx::query(ENDINGS).bind(above).bind(up_to).fetch_all(&mut *conn).await? {
        rows.push(ending(&row)?);
    }
    rows.sort_by_key(|(sequence, _)| *sequence);
    for (sequence, row) in &rows {
        log.skip_to(*sequence);
        match row {
            Row::Intent(intent, kind) => {
                log.append(&Entry::Intent(Told { intent, kind, ..Told::of(intent, Privy::Plain) }))?
            }
            Row::Ending(event, ending) => log.append(&Entry::Ending(*event, *ending))?,
        };
    }
    Ok(())
}

fn intent(row: &SqliteRow) -> Result<(u64, Row), sqlx::Error> {
    let mut columns = Columns::of(row);
    let sequence = columns.number()?;
    let (id, time, kind) = (columns.id()?, columns.moment()?, columns.plain()?);
    let caller = Caller {
        agent: columns.maybe_word()?,
        agent_id: columns.maybe_id()?,
        user: columns.plain()?,
        token: columns.maybe_id()?,
        admin: admin(&mut columns)?,
    };
    let (session, server, capability) = (columns.plain()?, columns.maybe_word()?, columns.plain()?);
    let decision = columns.word()?;
    let reasons = match columns.plain::<Option<String>>()? {
        Some(json) => serde_json::from_str(&json).map_err(|_| damaged("an event's reasons cannot be read"))?,
        None => Vec::new(),
    };
    let (request_bytes, detail) = (columns.number()?, columns.plain()?);
    // The word goes along by itself.
    let word = EventKind::Admin("");
    let intent = Intent {
        id,
        time,
        kind: word,
        caller,
        session,
        server,
        capability,
        decision,
        reasons,
        request_bytes,
        detail,
        concerns: None,
        facts: Default::default(),
    };
    Ok((sequence, Row::Intent(Box::new(intent), kind)))
}

fn admin(columns: &mut Columns<'_>) -> Result<Option<Admin>, sqlx::Error> {
    let role = columns.maybe_word()?;
    let door: Option<String> = columns.plain()?;
    let door = door.and_then(|word| Door::ALL.into_iter().find(|door| door.word() == word));
    Ok(role.zip(door).map(|(role, door)| Admin { role, door }))
}

fn ending(row: &SqliteRow) -> Result<(u64, Row), sqlx::Error> {
    let mut columns = Columns::of(row);
    let (sequence, event) = (columns.number()?, columns.number()?);
    let outcome = columns.word()?;
    let code: Option<String> = columns.plain()?;
    let code = code.as_deref().and_then(Code::find);
    let (duration_us, response_bytes) = (columns.number()?, columns.number()?);
    Ok((sequence, Row::Ending(event, Ending { code, duration_us, response_bytes, ..Ending::of(outcome) })))
}

#[cfg(test)]
mod tests;
