//! Appends to the record: intents and endings become rows, many at a time, by statements that are prepared once.
//! What transaction they stand in is the caller's business.

mod statement;

use peta_audit::{Caller, Ending, Intent};
use peta_model::{BootId, EventKind, TenantId};
use sqlx::{SqliteConnection, query::Query, sqlite::SqliteArguments};

pub(crate) use statement::Statements;

/// What to append.
#[derive(Debug)]
pub(crate) enum Entry {
    Intent(Intent),
    /// The ending of the event with this number.
    Ending(i64, Ending),
    /// Both at once, for what is over as soon as it is known.
    Whole(Intent, Ending),
}

/// Where in the record the next entry goes, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) tenant: TenantId,
    pub(crate) boot: BootId,
    pub(crate) next: i64,
}

/// Entries with their numbers, sorted by table.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    intents: Vec<(i64, Intent)>,
    endings: Vec<(i64, i64, Ending)>,
}

impl Batch {
    /// Gives the entry the next number, which for an intent names the event from now on.
    pub(crate) fn push(&mut self, place: &mut Place, entry: Entry) -> i64 {
        let number = place.next;
        place.next += 1;
        match entry {
            Entry::Intent(intent) => self.intents.push((number, intent)),
            Entry::Ending(event, ending) => self.endings.push((event, number, ending)),
            Entry::Whole(intent, ending) => {
                self.intents.push((number, intent));
                self.endings.push((number, place.next, ending));
                place.next += 1;
            }
        }
        number
    }

    /// How many statements it takes to write this.
    pub(crate) fn statements(&self) -> usize {
        Statements::pieces(self.intents.len()).count() + Statements::pieces(self.endings.len()).count()
    }

    /// The numbers of the events that begin, and of those that end, in this batch.
    pub(crate) fn begun(&self) -> impl Iterator<Item = i64> {
        self.intents.iter().map(|(number, _)| *number)
    }

    pub(crate) fn ended(&self) -> impl Iterator<Item = i64> {
        self.endings.iter().map(|(event, ..)| *event)
    }

    pub(crate) async fn write(
        self,
        conn: &mut SqliteConnection,
        statements: &Statements,
        place: &Place,
    ) -> Result<(), sqlx::Error> {
        let mut intents = self.intents.into_iter();
        for rows in Statements::pieces(intents.len()) {
            let query = intents
                .by_ref()
                .take(rows)
                .fold(statements.intents(rows), |query, (number, intent)| bind_intent(query, place, number, intent));
            query.execute(&mut *conn).await?;
        }
        let mut endings = self.endings.into_iter();
        for rows in Statements::pieces(endings.len()) {
            let query = endings.by_ref().take(rows).fold(statements.endings(rows), |query, (event, number, ending)| {
                bind_ending(query, place, event, number, &ending)
            });
            query.execute(&mut *conn).await?;
        }
        Ok(())
    }
}

type Sql = Query<'static, sqlx::Sqlite, SqliteArguments>;

fn bind_intent(query: Sql, place: &Place, number: i64, intent: Intent) -> Sql {
    let Caller { agent, agent_id, user, token, admin } = intent.caller;
    query
        .bind(place.tenant.as_bytes().to_vec())
        .bind(number)
        .bind(place.boot.as_bytes().to_vec())
        .bind(intent.id.as_bytes().to_vec())
        .bind(intent.time.micros())
        .bind(kind_word(intent.kind))
        .bind(agent.map(|name| name.as_str().to_owned()))
        .bind(agent_id.map(|id| id.as_bytes().to_vec()))
        .bind(user)
        .bind(token.map(|id| id.as_bytes().to_vec()))
        .bind(admin.map(|admin| admin.role.word()))
        .bind(admin.map(|admin| admin.door.word()))
        .bind(intent.session)
        .bind(intent.server.map(|name| name.as_str().to_owned()))
        .bind(intent.capability)
        .bind(intent.decision.word())
        .bind(reasons_json(&intent.reasons))
        .bind(saturating(intent.request_bytes))
        .bind(intent.detail)
}

fn bind_ending(query: Sql, place: &Place, event: i64, number: i64, ending: &Ending) -> Sql {
    query
        .bind(place.tenant.as_bytes().to_vec())
        .bind(event)
        .bind(number)
        .bind(ending.outcome.word())
        .bind(ending.code.map(|code| code.as_str()))
        .bind(saturating(ending.duration_us))
        .bind(saturating(ending.response_bytes))
}

const fn kind_word(kind: EventKind) -> &'static str {
    kind.word()
}

/// None for none: most refusals have no reasons.
fn reasons_json(reasons: &[String]) -> Option<String> {
    if reasons.is_empty() { None } else { serde_json::to_string(reasons).ok() }
}

fn saturating(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
