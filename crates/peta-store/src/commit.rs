//! How the state changes: the intent of the administrator's act goes on record, then one transaction holds the change,
//! its number in the feed, and the same intent once more, then the outcome goes on record. If Core is cut off between
//! these, the next start sees from the transaction how the act ended (`settle.rs`). After the commit the new snapshot
//! stands, and everybody who waits is woken. An act that is refused is recorded too.

use std::{sync::Arc, time::Instant};

use arc_swap::ArcSwap;
use peta_audit::{Ending, Intent};
use peta_model::{Moment, Outcome};
use tokio::sync::{Mutex, watch};

use crate::{
    privacy::Veil,
    record::Told,
    recorder::{Recorder, clip_texts},
    sheet::{Change, ChangeError, Sheet},
    snapshot::Snapshot,
    sql,
    transaction::{begin, end},
    writer::Writer,
};

/// What changes pass through, one at a time.
pub(crate) struct Commits {
    pub(crate) writer: Arc<Mutex<Option<Writer>>>,
    pub(crate) recorder: Recorder,
    pub(crate) current: Arc<ArcSwap<Snapshot>>,
    pub(crate) sequence: watch::Sender<u64>,
}

impl Commits {
    /// Makes a change that an administrator asked for, between its intent and its outcome.
    pub(crate) async fn act<C: Change>(&self, mut act: Intent, change: C) -> Result<C::Done, ChangeError> {
        let started = Instant::now();
        clip_texts(&mut act);
        // Before the database is taken: a key that is needed for the first time is made in it.
        let veil = self.recorder.seal(&act).await.map_err(|_| ChangeError::NotRecorded)?;
        let mut guard = self.writer.lock().await;
        let writer = guard.as_mut().ok_or(ChangeError::Closed)?;
        let receipt = self.recorder.act(&act, &veil).await.map_err(|_| ChangeError::NotRecorded)?;
        let made = self.commit(writer, act.time, Some((&act, receipt.event(), &veil)), change).await;
        let ending = match &made {
            Ok(_) => Ending::of(Outcome::Ok),
            Err(refused) => Ending { code: Some(refused.code()), ..Ending::of(outcome_of(refused)) },
        };
        let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.recorder.acted(receipt, Ending { duration_us, ..ending }).await;
        made
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
        act: Option<(&Intent, u64, &Veil)>,
        change: C,
    ) -> Result<C::Done, ChangeError> {
        begin(&mut writer.conn).await?;
        let draft = Snapshot::clone(&self.current.load());
        let mut sheet = Sheet { conn: &mut writer.conn, draft, at, unchanged: false };
        let written = write(&mut sheet, change, act).await;
        let Sheet { draft, unchanged, .. } = sheet;
        let done = end(&mut writer.conn, written).await?;
        if !unchanged {
            let sequence = draft.sequence;
            self.current.store(Arc::new(draft));
            self.sequence.send_replace(sequence);
        }
        Ok(done)
    }
}

/// The change, its number in the feed, and the act.
async fn write<C: Change>(
    sheet: &mut Sheet<'_>,
    change: C,
    act: Option<(&Intent, u64, &Veil)>,
) -> Result<C::Done, ChangeError> {
    let done = change.write(sheet).await?;
    if !sheet.unchanged {
        sheet.draft.sequence += 1;
        let sequence = i64::try_from(sheet.draft.sequence).unwrap_or(i64::MAX);
        let query = sqlx::query(sql::FEED).bind(sheet.tenant()).bind(sequence).bind(C::WHAT);
        query.execute(&mut *sheet.conn).await?;
    }
    if let Some((act, event, veil)) = act {
        let entry = Told { act: true, ..Told::of(act, veil.part()) }.bytes(event);
        let event = i64::try_from(event).unwrap_or(i64::MAX);
        sqlx::query(sql::ADD_ACT).bind(sheet.tenant()).bind(event).bind(entry).execute(&mut *sheet.conn).await?;
    }
    Ok(done)
}

const fn outcome_of(refused: &ChangeError) -> Outcome {
    match refused {
        ChangeError::NameTaken(_) | ChangeError::NotFound(_) | ChangeError::Conflict(_) => Outcome::Refused,
        ChangeError::Failed(_)
        | ChangeError::NotRecorded
        | ChangeError::NoEntropy
        | ChangeError::Closed
        | ChangeError::Keys(_) => Outcome::Failed,
    }
}
