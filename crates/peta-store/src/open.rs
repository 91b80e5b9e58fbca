//! From a directory to a working database: connections with their pragmas, migrations, the identities of install and
//! tenant, and the end of what earlier boots left open.

use std::{path::Path, time::Duration};

use peta_model::{BootId, Code, InstallId, Moment, Outcome, TenantId};
use sqlx::{
    ConnectOptions, SqliteConnection, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    column::damaged,
    config::Sync,
    dir::DirError,
    entropy::{NoEntropy, random_id},
    fault::Fault,
    record::Place,
    sql,
    transaction::{begin, end},
};

/// Why the store cannot be opened. The text says what happened and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct StoreError {
    code: Code,
    text: String,
    #[source]
    cause: Option<sqlx::Error>,
}

/// An open database, before anything runs on it.
pub(crate) struct Opened {
    pub(crate) conn: SqliteConnection,
    pub(crate) readers: SqlitePool,
    pub(crate) install: InstallId,
    pub(crate) place: Place,
}

/// All migrations, in order; once released, one is never changed.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "first", include_str!("../migrations/0001_first.sql"))];

/// `PETA`, as the first migration writes it; a new file has 0.
const APPLICATION: i64 = 0x5045_5441;

const TENANT: &str = "default";
const READERS: u32 = 3;
/// Up to this size a database is checked at start: a few hundredths of a second.
const CHECK_BELOW: u64 = 16 * 1024 * 1024;

impl StoreError {
    pub const fn code(&self) -> Code {
        self.code
    }

    pub(crate) fn of_dir(path: &Path, error: &DirError) -> Self {
        let code = match error {
            DirError::Held(_) => Code::DATA_DIR_HELD,
            DirError::Io { .. } | DirError::Foreign | DirError::HandleKey => Code::DATA_DIR_UNUSABLE,
            DirError::NoEntropy => Code::STORE_FAILED,
        };
        Self { code, text: format!("the data directory {} cannot be used: {error}", path.display()), cause: None }
    }

    pub(crate) fn of_database(path: &Path, fault: Fault, cause: Option<sqlx::Error>) -> Self {
        let path = path.display();
        let text = match fault {
            Fault::Corrupt => format!("the database {path} is damaged or is no database of Peta's: restore a backup"),
            Fault::Unusable => format!("the database {path} cannot be opened for writing: check its owner and mode"),
            Fault::Newer => format!("the database {path} was written by a newer Peta: use that version or a later one"),
            Fault::Failed => format!("the database {path} cannot be read or written: check the disk"),
        };
        Self { code: fault.code(), text, cause }
    }

    pub(crate) fn no_entropy() -> Self {
        Self { code: Code::STORE_FAILED, text: NoEntropy.to_string(), cause: None }
    }
}

pub(crate) async fn open(database: &Path, sync: Sync, now: Moment) -> Result<Opened, StoreError> {
    let broken = |error: sqlx::Error| StoreError::of_database(database, Fault::of(&error), Some(error));
    let mut conn = options(database, sync).connect().await.map_err(broken)?;
    check(&mut conn, database).await?;
    let mark: i64 = sqlx::query_scalar(sql::APPLICATION).fetch_one(&mut conn).await.map_err(broken)?;
    if mark != 0 && mark != APPLICATION {
        return Err(StoreError::of_database(database, Fault::Corrupt, None));
    }
    migrator()
        .run(&mut conn)
        .await
        .map_err(|error| StoreError::of_database(database, Fault::of_migration(&error), None))?;
    let fresh = Fresh {
        install: random_id().map_err(|_| StoreError::no_entropy())?,
        tenant: random_id().map_err(|_| StoreError::no_entropy())?,
        boot: random_id().map_err(|_| StoreError::no_entropy())?,
    };
    let (install, place) = boot(&mut conn, fresh, now).await.map_err(broken)?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(Duration::from_secs(30))
        .connect_lazy_with(options(database, sync).read_only(true));
    Ok(Opened { conn, readers, install, place })
}

pub(crate) fn migrator() -> Migrator {
    let migration = |(version, name, text): &(i64, &'static str, &'static str)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, sqlx::SqlStr::from_static(text), false)
    };
    Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect())
}

fn options(database: &Path, sync: Sync) -> SqliteConnectOptions {
    let synchronous = match sync {
        Sync::Written => SqliteSynchronous::Normal,
        Sync::Full => SqliteSynchronous::Full,
    };
    SqliteConnectOptions::new()
        .filename(database)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "OFF")
        .pragma("journal_size_limit", "67108864")
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

async fn check(conn: &mut SqliteConnection, database: &Path) -> Result<(), StoreError> {
    if database.metadata().is_ok_and(|file| file.len() > CHECK_BELOW) {
        return Ok(());
    }
    let answer = sqlx::query_scalar::<_, String>(sql::QUICK_CHECK).fetch_one(conn).await;
    match answer {
        Ok(answer) if answer == "ok" => Ok(()),
        Ok(_) => Err(StoreError::of_database(database, Fault::Corrupt, None)),
        Err(error) => Err(StoreError::of_database(database, Fault::of(&error), Some(error))),
    }
}

/// Identifiers for what the database may not have yet.
struct Fresh {
    install: InstallId,
    tenant: TenantId,
    boot: BootId,
}

async fn boot(conn: &mut SqliteConnection, fresh: Fresh, now: Moment) -> Result<(InstallId, Place), sqlx::Error> {
    begin(conn).await?;
    let booted = write_boot(conn, fresh, now).await;
    end(conn, booted).await
}

async fn write_boot(conn: &mut SqliteConnection, fresh: Fresh, now: Moment) -> Result<(InstallId, Place), sqlx::Error> {
    let install = match known(conn, sqlx::query_scalar(sql::INSTALL)).await? {
        Some(bytes) => InstallId::from_bytes(bytes),
        None => {
            let query = sqlx::query(sql::ADD_INSTALL).bind(fresh.install.as_bytes().to_vec()).bind(now.micros());
            query.execute(&mut *conn).await?;
            fresh.install
        }
    };
    let tenant = match known(conn, sqlx::query_scalar(sql::TENANT).bind(TENANT)).await? {
        Some(bytes) => TenantId::from_bytes(bytes),
        None => {
            let query = sqlx::query(sql::ADD_TENANT).bind(fresh.tenant.as_bytes().to_vec()).bind(TENANT);
            query.bind(now.micros()).execute(&mut *conn).await?;
            fresh.tenant
        }
    };
    close_earlier_boots(conn, tenant, now).await?;
    let last: i64 = sqlx::query_scalar(sql::LAST_ENTRY).bind(tenant.as_bytes().to_vec()).fetch_one(&mut *conn).await?;
    let next = last.saturating_add(1);
    let query = sqlx::query(sql::ADD_BOOT).bind(tenant.as_bytes().to_vec()).bind(fresh.boot.as_bytes().to_vec());
    query.bind(now.micros()).bind(next).execute(&mut *conn).await?;
    Ok((install, Place { tenant, boot: fresh.boot, next }))
}

type Scalar<'q> = sqlx::query::QueryScalar<'q, sqlx::Sqlite, Vec<u8>, sqlx::sqlite::SqliteArguments>;

async fn known(conn: &mut SqliteConnection, query: Scalar<'_>) -> Result<Option<[u8; 16]>, sqlx::Error> {
    let bytes = query.fetch_optional(conn).await?.map(<[u8; 16]>::try_from).transpose();
    bytes.map_err(|_| damaged("an identifier has not 16 bytes"))
}

/// Whatever began and did not end before Core was killed ends as `unknown`, at the last sign of life of that boot.
async fn close_earlier_boots(conn: &mut SqliteConnection, tenant: TenantId, now: Moment) -> Result<(), sqlx::Error> {
    let tenant = tenant.as_bytes().to_vec();
    let settled: i64 = sqlx::query_scalar(sql::SETTLED).bind(tenant.clone()).fetch_one(&mut *conn).await?;
    let sign = sqlx::query_scalar(sql::LAST_SIGN).bind(tenant.clone()).bind(settled);
    let sign: Option<i64> = sign.fetch_one(&mut *conn).await?;
    if let Some(end) = sign {
        let last: i64 = sqlx::query_scalar(sql::LAST_ENTRY).bind(tenant.clone()).fetch_one(&mut *conn).await?;
        let query = sqlx::query(sql::CLOSE_OPEN).bind(tenant.clone()).bind(settled).bind(last);
        let query = query.bind(Outcome::Unknown.word()).bind(Code::OUTCOME_UNKNOWN.as_str()).bind(end);
        query.execute(&mut *conn).await?;
    }
    let end = sign.unwrap_or(now.micros());
    sqlx::query(sql::END_BOOTS).bind(tenant).bind(end).execute(conn).await?;
    Ok(())
}
