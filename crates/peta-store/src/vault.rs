//! What the vault keeps here: how its root is found again, wrapped keys, and sealed fingerprints. It is read and written
//! beside the snapshot, for no call needs it.

use peta_model::{CredentialId, Moment, ServerId, TenantId};
use peta_vault::{
    Attempts,
    keys::{KekId, KekRow, KekState, Purpose, reserve},
    root::Check,
    safe::Safe,
};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use crate::{
    column::{Columns, damaged},
    credential::{KeptSecret, SealedPrints},
    sheet::ChangeError,
    sql,
    store::Store,
    work::{Work, in_transaction},
};

/// How the root is found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootRow {
    /// `key-file`, `passphrase` …
    pub kind: String,
    /// Of a passphrase: what it is derived with.
    pub derivation: Option<Vec<u8>>,
    pub attempts: Attempts,
    pub made: Moment,
}

impl Store {
    /// The root's row and all keys.
    pub async fn vault(&self) -> Result<(Option<RootRow>, Vec<KekRow>), ChangeError> {
        self.in_transaction(|conn, tenant| {
            Box::pin(async move {
                let root = sqlx::query(sql::ROOT).bind(tenant.clone()).fetch_optional(&mut *conn).await?;
                let rows = sqlx::query(sql::KEKS).bind(tenant.clone()).fetch_all(&mut *conn).await?;
                let owner = tenant_of(&tenant)?;
                let keks = rows.iter().map(|row| kek(row, owner)).collect::<Result<_, _>>()?;
                Ok((root.as_ref().map(root_row).transpose()?, keks))
            })
        })
        .await
    }

    /// Puts the root's row and these keys in place, all or nothing.
    pub async fn save_vault(&self, root: RootRow, keks: Vec<KekRow>) -> Result<(), ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::SAVE_ROOT).bind(tenant.clone()).bind(root.kind).bind(root.derivation);
                let query = query.bind(i64::from(root.attempts.wrong)).bind(root.attempts.last.map(Moment::micros));
                query.bind(root.made.micros()).execute(&mut *conn).await?;
                save_keks(conn, &tenant, keks).await
            })
        })
        .await
    }

    /// Puts more keys in place, beside those that are there.
    pub async fn add_keks(&self, keks: Vec<KekRow>) -> Result<(), ChangeError> {
        self.in_transaction(move |conn, tenant| Box::pin(async move { save_keks(conn, &tenant, keks).await })).await
    }

    /// Counts attempts at the passphrase; durable when this returns.
    pub async fn save_attempts(&self, attempts: Attempts) -> Result<(), ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::SAVE_ATTEMPTS).bind(tenant).bind(i64::from(attempts.wrong));
                query.bind(attempts.last.map(Moment::micros)).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    /// Reserves wraps of a key: sets how many are taken, if nobody took some meanwhile. False if somebody did.
    pub async fn reserve_wraps(&self, kek: KekId, (from, to): (u64, u64)) -> Result<bool, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::RESERVE_WRAPS).bind(tenant).bind(kek.as_bytes().to_vec());
                Ok(query.bind(number(from)).bind(number(to)).execute(conn).await?.rows_affected() == 1)
            })
        })
        .await
    }

    /// Sees to it that a vault can seal so much more.
    pub async fn provide_wraps(&self, safe: &Safe, wanted: u32) -> Result<(), ChangeError> {
        self.provide_wraps_of(safe, Purpose::Vault, wanted).await
    }

    /// The same of keys of a purpose whose rows stand in the database: all but `payload`, which has its own keeper.
    pub async fn provide_wraps_of(&self, safe: &Safe, purpose: Purpose, wanted: u32) -> Result<(), ChangeError> {
        let tenant = self.snapshot().tenant;
        // Somebody may take a block at the same moment: then the next one is taken.
        while let Some(kek) = safe.wants_wraps(tenant, purpose, wanted) {
            let (_, keks) = self.vault().await?;
            let row = keks.iter().find(|row| row.id == kek);
            let from = row.ok_or_else(|| ChangeError::NotFound("such key".into()))?.reserved;
            let (to, block) = reserve(kek, from).map_err(|spent| ChangeError::Conflict(spent.to_string()))?;
            if self.reserve_wraps(kek, (from, to)).await? && safe.grant(block).is_err() {
                // It was locked meanwhile; sealing says so.
                return Ok(());
            }
        }
        Ok(())
    }

    /// A key that nothing names any more goes; false, and it stays, if something does.
    pub async fn drop_kek(&self, kek: KekId) -> Result<bool, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let id = kek.as_bytes().to_vec();
                let named: i64 = sqlx::query_scalar(sql::NAMED_BY)
                    .bind(tenant.clone())
                    .bind(id.clone())
                    .fetch_one(&mut *conn)
                    .await?;
                if named == 0 {
                    sqlx::query(sql::DROP_KEK).bind(tenant).bind(id).execute(conn).await?;
                }
                Ok(named == 0)
            })
        })
        .await
    }

    /// Versions after this one, in order, so many: for whoever wraps them anew.
    pub async fn secrets_after(
        &self,
        (credential, version): (CredentialId, u64),
        limit: u32,
    ) -> Result<Vec<KeptSecret>, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::SECRETS_AFTER).bind(tenant).bind(credential.as_bytes().to_vec());
                let rows = query.bind(number(version)).bind(i64::from(limit)).fetch_all(conn).await?;
                let secret = |row: &SqliteRow| {
                    let mut columns = Columns::of(row);
                    let (credential, version) = (columns.id()?, columns.number()?);
                    Ok(KeptSecret { credential, version, sealed: columns.plain()?, prints: columns.plain()? })
                };
                Ok(rows.iter().map(secret).collect::<Result<_, sqlx::Error>>()?)
            })
        })
        .await
    }

    /// The sealed fingerprints of all that a server was handed, but for what was retired before `since`.
    pub async fn prints_of(&self, server: ServerId, since: Moment) -> Result<Vec<SealedPrints>, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::PRINTS).bind(tenant).bind(server.as_bytes().to_vec());
                let rows = query.bind(since.micros()).fetch_all(conn).await?;
                let prints = |row: &SqliteRow| {
                    let mut columns = Columns::of(row);
                    let (credential, version) = (columns.id()?, columns.number()?);
                    Ok(SealedPrints { credential, version, prints: columns.plain()? })
                };
                Ok(rows.iter().map(prints).collect::<Result<_, sqlx::Error>>()?)
            })
        })
        .await
    }

    /// The same of these versions alone, as far as they are there.
    pub async fn prints_of_versions(
        &self,
        versions: Vec<(CredentialId, u64)>,
    ) -> Result<Vec<SealedPrints>, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let mut all = Vec::with_capacity(versions.len());
                for (credential, version) in versions {
                    let query = sqlx::query_scalar(sql::PRINTS_OF_VERSION).bind(tenant.clone());
                    let query = query.bind(credential.as_bytes().to_vec()).bind(number(version));
                    let prints = query.fetch_optional(&mut *conn).await?;
                    all.extend(prints.map(|prints| SealedPrints { credential, version, prints }));
                }
                Ok(all)
            })
        })
        .await
    }

    /// Forgets versions that were retired before then.
    pub async fn forget_secrets(&self, before: Moment) -> Result<u64, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::FORGET_SECRETS).bind(tenant).bind(before.micros());
                Ok(query.execute(conn).await?.rows_affected())
            })
        })
        .await
    }
}

impl Store {
    /// In a task of its own: a transaction is never left in the middle.
    pub(crate) async fn in_transaction<T, F>(&self, work: F) -> Result<T, ChangeError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection, Vec<u8>) -> Work<'c, T> + Send + 'static,
    {
        in_transaction(self.writer(), self.snapshot().tenant, work).await
    }
}

async fn save_keks(conn: &mut SqliteConnection, tenant: &[u8], keks: Vec<KekRow>) -> Result<(), ChangeError> {
    for row in keks {
        let query = sqlx::query(sql::SAVE_KEK).bind(tenant.to_vec()).bind(row.id.as_bytes().to_vec());
        let query = query.bind(row.purpose.name()).bind(state_word(row.state)).bind(row.made.micros());
        let query = query.bind(number(row.reserved)).bind(row.check.as_bytes().to_vec()).bind(row.wrapped);
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

fn root_row(row: &SqliteRow) -> Result<RootRow, sqlx::Error> {
    let mut columns = Columns::of(row);
    let (kind, derivation) = (columns.plain()?, columns.plain()?);
    let wrong = u32::try_from(columns.number()?).map_err(|_| damaged("a count is too large"))?;
    let attempts = Attempts { wrong, last: columns.maybe_moment()? };
    Ok(RootRow { kind, derivation, attempts, made: columns.moment()? })
}

fn kek(row: &SqliteRow, tenant: TenantId) -> Result<KekRow, sqlx::Error> {
    let mut columns = Columns::of(row);
    let id: KekId = columns.id()?;
    let purpose = Purpose::from_name(&columns.plain::<String>()?).ok_or_else(|| damaged("a purpose is unknown"))?;
    let state = match columns.plain::<String>()?.as_str() {
        "current" => KekState::Current,
        "retiring" => KekState::Retiring,
        _ => return Err(damaged("the state of a key is unknown")),
    };
    let (made, reserved) = (columns.moment()?, columns.number()?);
    let check: Vec<u8> = columns.plain()?;
    let check = <[u8; 32]>::try_from(check).map_err(|_| damaged("a check value has not 32 bytes"))?;
    let wrapped = columns.plain()?;
    Ok(KekRow { id, tenant, purpose, state, made, reserved, check: Check::from_bytes(check), wrapped })
}

const fn state_word(state: KekState) -> &'static str {
    match state {
        KekState::Current => "current",
        KekState::Retiring => "retiring",
    }
}

fn tenant_of(bytes: &[u8]) -> Result<TenantId, sqlx::Error> {
    let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| damaged("an identifier has not 16 bytes"))?;
    Ok(TenantId::from_bytes(bytes))
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
