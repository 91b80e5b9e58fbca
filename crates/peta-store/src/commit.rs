//! How the state changes: one transaction that holds the change, its number in the feed, and the event of the
//! administrator's act. After the commit the new snapshot stands, and everybody who waits is woken. An act that is
//! refused is recorded too.

use std::{sync::Arc, time::Instant};

use arc_swap::ArcSwap;
use peta_audit::{Ending, Intent};
use peta_model::{Moment, Outcome};
use tokio::sync::{Mutex, watch};

use crate::{
    record::{Batch, Entry, Place, Statements},
    sheet::{Change, ChangeError, Sheet},
    snapshot::Snapshot,
    sql,
    transaction::{begin, end},
    writer::Writer,
};

/// What changes pass through, one at a time.
pub(crate) struct Commits {
    pub(crate) writer: Arc<Mutex<Option<Writer>>>,
    pub(crate) current: Arc<ArcSwap<Snapshot>>,
    pub(crate) sequence: watch::Sender<u64>,
}

impl Commits {
    /// Makes a change that an administrator asked for, and records it with it; a refused one is recorded alone.
    pub(crate) async fn act<C: Change>(&self, act: Intent, change: C) -> Result<C::Done, ChangeError> {
        let started = Instant::now();
        let mut guard = self.writer.lock().await;
        let writer = guard.as_mut().ok_or(ChangeError::Closed)?;
        let refused = match self.commit(writer, act.time, Some((&act, started)), change).await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let outcome = match refused {
            ChangeError::NameTaken(_) | ChangeError::NotFound(_) | ChangeError::Conflict(_) => Outcome::Refused,
            ChangeError::Failed(_) | ChangeError::NoEntropy | ChangeError::Closed => Outcome::Failed,
        };
        let ending = Ending { code: Some(refused.code()), duration_us: micros(started), ..Ending::of(outcome) };
        if let Err(error) = writer.record(vec![Entry::Whole(act, ending)]).await {
            tracing::error!(%error, "a refused act could not be recorded");
            return Err(ChangeError::Failed(error));
        }
        Err(refused)
    }

    /// Makes a change that is no administrator's act.
    pub(crate) async fn note<C: Change>(&self, at: Moment, change: C) -> Result<C::Done, ChangeError> {
        let mut guard = self.writer.lock().await;
        self.commit(guard.as_mut().ok_or(ChangeError::Closed)?, at, None, change).await
    }

    async fn commit<C: Change>(
        &self,
        writer: &mut Writer,
        at: Moment,
        act: Option<(&Intent, Instant)>,
        change: C,
    ) -> Result<C::Done, ChangeError> {
        let mut place = writer.place;
        begin(&mut writer.conn).await?;
        let draft = Snapshot::clone(&self.current.load());
        let mut sheet = Sheet { conn: &mut writer.conn, draft, at, unchanged: false };
        let written = write(&mut sheet, change, act, &mut place, &writer.statements).await;
        let Sheet { draft, unchanged, .. } = sheet;
        let done = end(&mut writer.conn, written).await?;
        writer.arrive(place);
        if !unchanged {
            let sequence = draft.sequence;
            self.current.store(Arc::new(draft));
            self.sequence.send_replace(sequence);
        }
        Ok(done)
    }
}

/// The change, its number in the feed, and the event of the act.
async fn write<C: Change>(
    sheet: &mut Sheet<'_>,
    change: C,
    act: Option<(&Intent, Instant)>,
    place: &mut Place,
    statements: &Statements,
) -> Result<C::Done, ChangeError> {
    let done = change.write(sheet).await?;
    if !sheet.unchanged {
        sheet.draft.sequence += 1;
        let sequence = i64::try_from(sheet.draft.sequence).unwrap_or(i64::MAX);
        let query = sqlx::query(sql::FEED).bind(sheet.tenant()).bind(sequence).bind(C::WHAT);
        query.execute(&mut *sheet.conn).await?;
    }
    if let Some((act, started)) = act {
        let ending = Ending { duration_us: micros(started), ..Ending::of(Outcome::Ok) };
        let mut batch = Batch::default();
        batch.push(place, Entry::Whole(act.clone(), ending));
        batch.write(sheet.conn, statements, place).await?;
    }
    Ok(done)
}

fn micros(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}
