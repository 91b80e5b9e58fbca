//! Payloads whose time is over go, a file at a time, and the record says so. While a legal hold stands, none goes: a file
//! holds what many people said.

use std::{sync::Arc, time::Duration};

use peta_audit::{Ending, Intent};
use peta_model::{Code, EventId, Moment, Outcome, Span, TenantId};
use serde_json::json;
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, MissedTickBehavior, interval_at},
};

use super::files::{Files, Old};
use crate::{
    entropy::random_id,
    record::{Entry, Log, Told},
    sheet::ChangeError,
    sql,
    work::in_transaction,
    writer::Writer,
};

const EVERY: Duration = Duration::from_secs(60);

/// What is needed to let payloads go.
pub(crate) struct Retention {
    pub(crate) files: Arc<Files>,
    pub(crate) log: Arc<Log>,
    pub(crate) writer: Arc<Mutex<Option<Writer>>>,
    pub(crate) tenant: TenantId,
    pub(crate) keep: Span,
}

/// The task: runs until the store closes, and takes nothing for as long as `grace` says.
pub(crate) async fn expire(expiry: Retention, grace: Option<Duration>, mut closing: watch::Receiver<bool>) {
    if grace.is_some() {
        tracing::warn!("the clock is far ahead of the record's last entry: nothing of what was said expires for a day");
    }
    let mut tick = interval_at(Instant::now() + grace.unwrap_or_default(), EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = closing.changed() => return,
        }
        if let Err(error) = expiry.turn(expiry.log.now()).await {
            tracing::warn!(%error, "payloads whose time is over could not be taken away");
        }
    }
}

impl Retention {
    /// Takes away what is older than it may be. Between the look at the holds and the end nobody can add one.
    pub(crate) async fn turn(&self, now: Moment) -> Result<(), ChangeError> {
        let keep = i64::try_from(self.keep.duration().as_micros()).unwrap_or(i64::MAX);
        let before = Moment::from_micros(now.micros().saturating_sub(keep));
        let old = self.files.older_than(before).map_err(failed)?;
        if old.names.is_empty() {
            return Ok(());
        }
        let (files, log) = (Arc::clone(&self.files), Arc::clone(&self.log));
        let done = in_transaction(Arc::clone(&self.writer), self.tenant, move |conn, tenant| {
            Box::pin(async move {
                let holds = sqlx::query(sql::HOLDS).bind(tenant).fetch_all(conn).await?;
                if holds.is_empty() { take_away(&files, &log, (now, before), &old) } else { Ok(()) }
            })
        });
        done.await
    }
}

fn take_away(files: &Files, log: &Log, (now, before): (Moment, Moment), old: &Old) -> Result<(), ChangeError> {
    let id = random_id().unwrap_or(EventId::from_bytes([0; 16]));
    let detail = json!({ "before": before, "bytes": old.bytes, "files": old.names.len() });
    let intent = Intent::of_core(id, now, "record.payloads_expired", detail.to_string());
    let event = log.append(&Entry::Intent(Told::of_core(&intent))).map_err(|_| ChangeError::NotRecorded)?;
    let removed = files.remove(old);
    let ending = match &removed {
        Ok(()) => Ending::of(Outcome::Ok),
        Err(_) => Ending { code: Some(Code::STORE_FAILED), ..Ending::of(Outcome::Failed) },
    };
    if log.append(&Entry::Ending(event, ending)).is_err() {
        log.owe(event, ending);
    }
    removed.map_err(failed)
}

fn failed(error: std::io::Error) -> ChangeError {
    ChangeError::Failed(sqlx::Error::Io(error))
}
