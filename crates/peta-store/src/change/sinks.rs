//! Sinks: added and removed, with what they show to prove themselves.

use std::sync::Arc;

use peta_model::{Moment, SinkName};

use crate::{
    sheet::{Change, ChangeError, Sheet},
    sink::{NewSink, SinkEntry, secret_key},
    sql,
    things::ThingSort,
};

pub(crate) struct AddSink(pub(crate) NewSink);

pub(crate) struct RemoveSink(pub(crate) SinkName);

impl Change for AddSink {
    const WHAT: &'static str = "sinks";
    type Done = Arc<SinkEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(NewSink { id, name, spec, sealed, read }) = self;
        if sheet.draft.sink(name.as_str()).is_some() {
            return Err(ChangeError::NameTaken(format!("a sink named `{name}`")));
        }
        let written =
            serde_json::to_string(&spec).map_err(|error| ChangeError::Failed(sqlx::Error::Encode(error.into())))?;
        let query = sqlx::query(sql::ADD_SINK).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
        let query = query.bind(name.as_str().to_owned()).bind(written).bind(i64::from(sealed.is_some()));
        let read = i64::try_from(read).unwrap_or(i64::MAX);
        query.bind(sheet.at.micros()).bind(read).execute(&mut *sheet.conn).await?;
        let secret = sealed.is_some();
        if let Some(sealed) = sealed {
            let query = sqlx::query(sql::KEEP_THING).bind(sheet.tenant()).bind(ThingSort::Sink.word());
            let query = query.bind(secret_key(id).to_vec()).bind(id.as_bytes().to_vec()).bind(None::<Vec<u8>>);
            query.bind(sealed).bind(None::<Moment>.map(Moment::micros)).execute(&mut *sheet.conn).await?;
        }
        Ok(sheet.draft.put_sink(SinkEntry { id, name, spec: Arc::new(spec), secret, added: sheet.at }))
    }
}

impl Change for RemoveSink {
    const WHAT: &'static str = "sinks";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        let Self(name) = self;
        let sink = sheet.draft.sink(name.as_str()).cloned();
        let sink = sink.ok_or_else(|| ChangeError::NotFound(format!("sink named `{name}`")))?;
        let query = sqlx::query(sql::REMOVE_SINK).bind(sheet.tenant()).bind(sink.id.as_bytes().to_vec());
        query.execute(&mut *sheet.conn).await?;
        let query = sqlx::query(sql::REMOVE_SINK_SECRET).bind(sheet.tenant()).bind(secret_key(sink.id).to_vec());
        query.execute(&mut *sheet.conn).await?;
        sheet.draft.drop_sink(&name);
        Ok(())
    }
}
