//! Sinks: what administrators do with them, and how far each has read, which no snapshot shows.

use std::sync::Arc;

use peta_audit::Intent;
use peta_model::{SinkId, SinkName};

use crate::{
    change::{AddSink, RemoveSink},
    sheet::ChangeError,
    sink::{NewSink, SinkEntry, secret_key},
    sql,
    store::Store,
    things::ThingSort,
};

impl Store {
    pub async fn add_sink(&self, act: Intent, new: NewSink) -> Result<Arc<SinkEntry>, ChangeError> {
        self.act(act, AddSink(new)).await
    }

    pub async fn remove_sink(&self, act: Intent, name: SinkName) -> Result<(), ChangeError> {
        self.act(act, RemoveSink(name)).await
    }

    /// The number of the last ended entry that a sink has acknowledged; none if there is no such sink.
    pub async fn sink_read(&self, sink: SinkId) -> Result<Option<u64>, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query_scalar(sql::SINK_READ).bind(tenant).bind(sink.as_bytes().to_vec());
                let read: Option<i64> = query.fetch_optional(conn).await?;
                Ok(read.map(|read| u64::try_from(read).unwrap_or(0)))
            })
        })
        .await
    }

    pub async fn save_sink_read(&self, sink: SinkId, read: u64) -> Result<(), ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::SET_SINK_READ).bind(tenant).bind(sink.as_bytes().to_vec());
                query.bind(i64::try_from(read).unwrap_or(i64::MAX)).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    /// What a sink shows to prove itself, sealed.
    pub async fn sink_secret(&self, sink: SinkId) -> Result<Option<Vec<u8>>, ChangeError> {
        Ok(self.thing(ThingSort::Sink, secret_key(sink)).await?.map(|thing| thing.sealed))
    }
}
