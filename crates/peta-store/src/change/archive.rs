//! Where full files of the record are put: set and removed by administrators.

use crate::{
    archive::NewArchive,
    sheet::{Change, ChangeError, Sheet},
    sink::secret_key,
    sql,
    things::ThingSort,
};

pub(crate) struct SetArchive(pub(crate) NewArchive);

pub(crate) struct RemoveArchive;

impl Change for SetArchive {
    const WHAT: &'static str = "archive";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        forget_secret(sheet).await?;
        let Self(NewArchive { id, spec, sealed }) = self;
        let spec =
            serde_json::to_string(&spec).map_err(|error| ChangeError::Failed(sqlx::Error::Encode(error.into())))?;
        let query = sqlx::query(sql::SET_ARCHIVE).bind(sheet.tenant()).bind(id.as_bytes().to_vec()).bind(spec);
        let query = query.bind(i64::from(sealed.is_some())).bind(sheet.at.micros());
        query.execute(&mut *sheet.conn).await?;
        if let Some(sealed) = sealed {
            let query = sqlx::query(sql::KEEP_THING).bind(sheet.tenant()).bind(ThingSort::Sink.word());
            let query = query.bind(secret_key(id).to_vec()).bind(id.as_bytes().to_vec()).bind(None::<Vec<u8>>);
            query.bind(sealed).bind(None::<i64>).execute(&mut *sheet.conn).await?;
        }
        Ok(())
    }
}

impl Change for RemoveArchive {
    const WHAT: &'static str = "archive";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        forget_secret(sheet).await?;
        match sqlx::query(sql::REMOVE_ARCHIVE).bind(sheet.tenant()).execute(&mut *sheet.conn).await?.rows_affected() {
            0 => Err(ChangeError::NotFound("archive".into())),
            _ => Ok(()),
        }
    }
}

/// What the one that was set until now shows.
async fn forget_secret(sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
    let Some(entry) = crate::archive::read(sheet.conn, sheet.tenant()).await? else { return Ok(()) };
    let query = sqlx::query(sql::REMOVE_SINK_SECRET).bind(sheet.tenant()).bind(secret_key(entry.id).to_vec());
    query.execute(&mut *sheet.conn).await?;
    Ok(())
}
