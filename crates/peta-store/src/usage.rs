//! When tokens and credentials were last used. Noted in memory on the road of a call, written to the database now and then.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use peta_model::{Moment, TenantId};
use tokio::{
    sync::{Mutex as AsyncMutex, watch},
    time::{MissedTickBehavior, interval},
};

use crate::{
    credential::CredentialEntry,
    entry::{TokenEntry, Usage},
    sql,
    transaction::{begin, end},
    writer::Writer,
};

/// Uses that are not in the database yet.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<Vec<Used>>);

/// One use, and the statement that writes it.
#[derive(Debug)]
struct Used {
    statement: &'static str,
    id: [u8; 16],
    usage: Arc<Usage>,
}

const EVERY: Duration = Duration::from_secs(5);

impl Uses {
    pub(crate) fn touch(&self, token: &TokenEntry, now: Moment) {
        self.note(sql::USE_TOKEN, token.id.as_bytes(), &token.usage, now);
    }

    pub(crate) fn touch_credential(&self, credential: &CredentialEntry, now: Moment) {
        self.note(sql::USE_CREDENTIAL, credential.id.as_bytes(), &credential.usage, now);
    }

    fn note(&self, statement: &'static str, id: &[u8; 16], usage: &Arc<Usage>, now: Moment) {
        if usage.touch(now) {
            self.unsaved(|uses| uses.push(Used { statement, id: *id, usage: Arc::clone(usage) }));
        }
    }

    /// Writes what is not written yet.
    pub(crate) async fn save(&self, writer: &mut Writer) -> Result<(), sqlx::Error> {
        let uses = self.unsaved(std::mem::take);
        if uses.is_empty() {
            return Ok(());
        }
        let tenant = writer.tenant;
        let saved = write(writer, tenant, &uses).await;
        if saved.is_err() {
            self.unsaved(|waiting| waiting.extend(uses));
        }
        saved
    }

    fn unsaved<T>(&self, with: impl FnOnce(&mut Vec<Used>) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn write(writer: &mut Writer, tenant: TenantId, uses: &[Used]) -> Result<(), sqlx::Error> {
    begin(&mut writer.conn).await?;
    let written = write_each(writer, tenant, uses).await;
    end(&mut writer.conn, written).await
}

async fn write_each(writer: &mut Writer, tenant: TenantId, uses: &[Used]) -> Result<(), sqlx::Error> {
    for Used { statement, id, usage } in uses {
        usage.saving();
        let query = sqlx::query(*statement).bind(tenant.as_bytes().to_vec()).bind(id.to_vec());
        query.bind(usage.last().map(Moment::micros)).execute(&mut writer.conn).await?;
    }
    Ok(())
}

/// The task: saves now and then, until the store closes.
pub(crate) async fn save_all(
    uses: Arc<Uses>,
    writer: Arc<AsyncMutex<Option<Writer>>>,
    mut closing: watch::Receiver<bool>,
) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = closing.changed() => return,
        }
        let mut guard = writer.lock().await;
        let Some(writer) = guard.as_mut() else { return };
        if let Err(error) = uses.save(writer).await {
            tracing::warn!(%error, "the last uses could not be written");
        }
    }
}
