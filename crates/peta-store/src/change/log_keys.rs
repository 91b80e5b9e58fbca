//! Another key signs the record from now on; the one before signs beside it for a while.

use peta_model::Moment;

use crate::{
    log_keys::LogKey,
    sheet::{Change, ChangeError, Sheet},
    sql,
};

pub(crate) struct RotateLogKey(pub(crate) LogKey, pub(crate) Moment);

impl Change for RotateLogKey {
    const WHAT: &'static str = "log_keys";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        let Self(key, until) = self;
        let query = sqlx::query(sql::RELIEVE_LOG_KEYS).bind(sheet.tenant()).bind(key.log.clone());
        let relieved = query.bind(until.micros()).execute(&mut *sheet.conn).await?.rows_affected();
        if relieved == 0 {
            return Err(ChangeError::Conflict("nothing is signed yet: there is no key to change".to_owned()));
        }
        let from = i64::try_from(key.from).unwrap_or(i64::MAX);
        let query = sqlx::query(sql::ADD_LOG_KEY).bind(sheet.tenant()).bind(key.log).bind(key.object.to_vec());
        let query = query.bind(key.verifier).bind(key.sealed).bind(from).bind(key.made.micros());
        query.execute(&mut *sheet.conn).await?;
        Ok(())
    }
}
