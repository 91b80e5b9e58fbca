//! Events by filter, a page at a time. Everything that the recorder has confirmed is seen.

use peta_audit::{Admin, Caller, Door, Ending, Event, Subject};
use peta_model::{Code, Decision, Moment, Outcome, TenantId};
use sqlx::{SqlitePool, sqlite::SqliteRow};

use crate::{
    column::{Columns, damaged},
    fault::Fault,
    sql,
};

/// Which events. Everything left out matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventQuery {
    pub agent: Option<String>,
    pub server: Option<String>,
    /// The server's own name, whole.
    pub capability: Option<String>,
    pub kind: Option<String>,
    pub decision: Option<Decision>,
    pub outcome: Option<Outcome>,
    /// From this moment on.
    pub from: Option<Moment>,
    /// Before this moment.
    pub to: Option<Moment>,
    pub part: Part,
    /// How many at most; 0 means the default, and more than `PAGE_LIMIT` means that.
    pub limit: usize,
}

/// Which stretch of the matching events; a cursor is `EventPage::cursor` of the page before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The newest ones that are older than the cursor (none: the newest of all).
    Before(Option<u64>),
    /// The oldest ones that are newer than the cursor (none: the oldest of all).
    After(Option<u64>),
}

/// Some events, newest last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    pub events: Vec<Event>,
    /// Where to go on in the same direction; none if that was all there is.
    pub cursor: Option<u64>,
}

/// The record cannot be read. The cause is for the log.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    #[error("the database cannot be read")]
    Failed(#[from] sqlx::Error),
    #[error("the store is closed")]
    Closed,
}

/// The most events of one page.
pub const PAGE_LIMIT: usize = 1000;
const PAGE_DEFAULT: usize = 100;

impl Default for Part {
    fn default() -> Self {
        Self::Before(None)
    }
}

impl QueryError {
    pub fn code(&self) -> Code {
        match self {
            Self::Failed(error) => Fault::of(error).code(),
            Self::Closed => Code::STORE_FAILED,
        }
    }
}

pub(crate) async fn read(readers: &SqlitePool, tenant: TenantId, query: &EventQuery) -> Result<EventPage, QueryError> {
    let limit = if query.limit == 0 { PAGE_DEFAULT } else { query.limit.min(PAGE_LIMIT) };
    let (text, above, up_to) = match query.part {
        // Below the cursor, which itself is excluded.
        Part::Before(cursor) => (sql::EVENTS_NEWEST, -1, cursor.map_or(i64::MAX, |before| whole(before) - 1)),
        Part::After(cursor) => (sql::EVENTS_AFTER, cursor.map_or(-1, whole), i64::MAX),
    };
    // One more than asked tells whether there is more.
    let mut found = select(readers, text, tenant, (above, up_to), limit + 1, query).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    if matches!(query.part, Part::Before(_)) {
        found.reverse();
    }
    let edge = match query.part {
        Part::Before(_) => found.first(),
        Part::After(_) => found.last(),
    };
    let cursor = edge.filter(|_| more).map(|(event, _)| event.sequence);
    Ok(EventPage { events: found.into_iter().map(|(event, _)| event).collect(), cursor })
}

/// Events whose ending has a number in the range (exclusive, inclusive), in the order they ended, with that number.
pub(crate) async fn tail(
    readers: &SqlitePool,
    tenant: TenantId,
    query: &EventQuery,
    range: (i64, i64),
) -> Result<Vec<(Event, i64)>, QueryError> {
    let found = select(readers, sql::EVENTS_ENDED, tenant, range, PAGE_LIMIT, query).await?;
    Ok(found.into_iter().filter_map(|(event, ended)| Some((event, ended?))).collect())
}

type Found = Vec<(Event, Option<i64>)>;

async fn select(
    readers: &SqlitePool,
    text: &'static str,
    tenant: TenantId,
    (above, up_to): (i64, i64),
    limit: usize,
    query: &EventQuery,
) -> Result<Found, sqlx::Error> {
    let statement = sqlx::query(text).bind(tenant.as_bytes().to_vec()).bind(above).bind(up_to);
    let statement = statement.bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let statement = statement.bind(query.agent.clone()).bind(query.server.clone()).bind(query.capability.clone());
    let statement = statement.bind(query.kind.clone()).bind(query.decision.map(Decision::word));
    let statement = statement.bind(query.outcome.map(Outcome::word));
    let statement = statement.bind(query.from.map(Moment::micros)).bind(query.to.map(Moment::micros));
    statement.fetch_all(readers).await?.iter().map(event).collect()
}

/// The columns stand as in `sql.rs`.
fn event(row: &SqliteRow) -> Result<(Event, Option<i64>), sqlx::Error> {
    let mut columns = Columns::of(row);
    let (id, sequence, time, kind) = (columns.id()?, columns.number()?, columns.moment()?, columns.plain()?);
    let caller = Caller {
        agent: columns.maybe_word()?,
        agent_id: columns.maybe_id()?,
        user: columns.plain()?,
        token: columns.maybe_id()?,
        admin: admin(&mut columns)?,
    };
    let subject = Subject { session: columns.plain()?, server: columns.maybe_word()?, capability: columns.plain()? };
    let decision = columns.word()?;
    let reasons = match columns.plain::<Option<String>>()? {
        Some(json) => serde_json::from_str(&json).map_err(|_| damaged("an event's reasons cannot be read"))?,
        None => Vec::new(),
    };
    let (request_bytes, detail) = (columns.number()?, columns.plain()?);
    let (ended, ending) = ending(&mut columns)?;
    let event = Event { id, sequence, time, kind, caller, subject, decision, reasons, request_bytes, detail, ending };
    Ok((event, ended))
}

fn admin(columns: &mut Columns<'_>) -> Result<Option<Admin>, sqlx::Error> {
    let role = columns.maybe_word()?;
    let door: Option<String> = columns.plain()?;
    let door = door.and_then(|word| Door::ALL.into_iter().find(|door| door.word() == word));
    Ok(role.zip(door).map(|(role, door)| Admin { role, door }))
}

fn ending(columns: &mut Columns<'_>) -> Result<(Option<i64>, Option<Ending>), sqlx::Error> {
    let ended = columns.plain()?;
    let outcome = columns.maybe_word()?;
    let code: Option<String> = columns.plain()?;
    let (duration, bytes): (Option<i64>, Option<i64>) = (columns.plain()?, columns.plain()?);
    let natural = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
    let ending = outcome.map(|outcome| Ending {
        outcome,
        code: code.as_deref().and_then(Code::find),
        duration_us: natural(duration),
        response_bytes: natural(bytes),
    });
    Ok((ended, ending))
}

fn whole(cursor: u64) -> i64 {
    i64::try_from(cursor).unwrap_or(i64::MAX)
}
