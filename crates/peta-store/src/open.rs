//! From a directory to a working store: the connection with its pragmas, migrations, the identities of install and
//! tenant, the record's files, and the end of what earlier runs left open.

use std::{path::Path, sync::Arc, time::Duration};

use peta_model::{InstallId, LogName, Moment, TenantId};
use sqlx::{
    ConnectOptions, SqliteConnection,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    carry_over::{CarryError, carry_over},
    column::damaged,
    config::{Config, Sync},
    dir::DataDir,
    entropy::random_id,
    expiry::{Round, complete, recall},
    fault::Fault,
    notice::{tell, tell_lost},
    record::{Damage, Log, Owner, Place, StartError, start},
    settle::{SettleError, settle},
    sql,
    store_error::StoreError,
    system,
    transaction::{begin, end},
    tree::Tree,
    witnessed,
};

/// What is open, before anything runs on it.
pub(crate) struct Opened {
    pub(crate) conn: SqliteConnection,
    pub(crate) owner: Owner,
    pub(crate) log: Arc<Log>,
    pub(crate) tree: Tree,
    /// The log `system`, its tree, and what is damaged of it.
    pub(crate) system: (Arc<Log>, Tree, Vec<Damage>),
    pub(crate) damage: Vec<Damage>,
    /// What has expired.
    pub(crate) rounds: Vec<Round>,
    /// The last sign of life of the run before; none of a record that begins.
    pub(crate) alive: Option<Moment>,
}

/// All migrations, in order; once released, one is never changed.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("../migrations/0001_first.sql")),
    (2, "record files", include_str!("../migrations/0002_record_files.sql")),
    (3, "sessions", include_str!("../migrations/0003_sessions.sql")),
    (4, "vault", include_str!("../migrations/0004_vault.sql")),
    (5, "oauth", include_str!("../migrations/0005_oauth.sql")),
    (6, "sinks", include_str!("../migrations/0006_sinks.sql")),
    (7, "subjects", include_str!("../migrations/0007_subjects.sql")),
    (8, "log", include_str!("../migrations/0008_log.sql")),
    (9, "witnesses", include_str!("../migrations/0009_witnesses.sql")),
    (10, "archive", include_str!("../migrations/0010_archive.sql")),
    (11, "heads", include_str!("../migrations/0011_heads.sql")),
];

/// `PETA`, as the first migration writes it; a new file has 0.
const APPLICATION: i64 = 0x5045_5441;

const TENANT: &str = "default";
/// Up to this size a database is checked at start: a few hundredths of a second.
const CHECK_BELOW: u64 = 16 * 1024 * 1024;

pub(crate) async fn open(config: &Config, dir: &DataDir, now: Moment) -> Result<Opened, StoreError> {
    let (database, record) = (dir.database(), dir.record());
    let broken = |error: sqlx::Error| StoreError::of_database(&database, Fault::of(&error), Some(error));
    let mut conn = options(&database, config.sync).connect().await.map_err(broken)?;
    check(&mut conn, &database).await?;
    let mark: i64 = sqlx::query_scalar(sql::APPLICATION).fetch_one(&mut conn).await.map_err(broken)?;
    if mark != 0 && mark != APPLICATION {
        return Err(StoreError::of_database(&database, Fault::Corrupt, None));
    }
    carry_over(&mut conn, &record, config.segment).await.map_err(|error| match error {
        CarryError::Database(error) => broken(error),
        error => StoreError::of_carry(&record, error),
    })?;
    migrator()
        .run(&mut conn)
        .await
        .map_err(|error| StoreError::of_database(&database, Fault::of_migration(&error), None))?;
    let fresh = Owner {
        install: random_id().map_err(|_| StoreError::no_entropy())?,
        tenant: random_id().map_err(|_| StoreError::no_entropy())?,
    };
    let owner = identify(&mut conn, fresh, now).await.map_err(broken)?;
    let place = Place { dir: record.clone(), owner, limit: config.segment };
    let started = tokio::task::spawn_blocking(move || start(place, now)).await.map_err(|_| StoreError::cut_off())?;
    let mut started = started.map_err(|error| StoreError::of_record(&error))?;
    let mut damage = std::mem::take(&mut started.damage);
    let alive = Some(started.sign).filter(|sign| *sign != i64::MIN).map(Moment::from_micros);
    let (log, folder) = (Arc::clone(&started.log), record.clone());
    let recalled = tokio::task::spawn_blocking(move || recall(&folder, &log)).await;
    let (mut rounds, missing) = recalled
        .map_err(|_| StoreError::cut_off())?
        .map_err(|error| StoreError::of_record(&StartError::Io { path: record.clone(), error }))?;
    damage.extend(missing);
    let (mut known, apart, lost) = witnessed::known(&mut conn, owner.tenant).await.map_err(broken)?;
    known.extend(system::of_record(&dir.system()));
    let heads = system::heads(&mut conn, owner.tenant).await.map_err(broken)?;
    let other = system::open((dir.system(), config.segment), owner.install, (heads, now)).await?;
    let (log, dir) = (Arc::clone(&started.log), record.join("tree"));
    let name = format!("peta-{}/{TENANT}/record", owner.install);
    let tree = tokio::task::spawn_blocking(move || Tree::open(log, dir, &name, (&known, &apart))).await;
    // Before anything is written: what is not what was signed stays as it is.
    let tree = tree.map_err(|_| StoreError::cut_off())?;
    let tree = tree.map_err(|error| StoreError::of_tree(&error, LogName::Default))?;
    let log = Arc::clone(&started.log);
    let boot = random_id().map_err(|_| StoreError::no_entropy())?;
    other.begin(boot, now)?;
    log.tell_beside(Arc::clone(&other.log));
    tell(&log, &record).map_err(|error| StoreError::unwritten(&record, &error))?;
    settle(&mut conn, owner.tenant, (boot, now), started).await.map_err(|error| match error {
        SettleError::Database(error) => broken(error),
        SettleError::Record(error) => StoreError::unwritten(&record, &error),
    })?;
    complete(&record, &log, &mut rounds).map_err(|error| StoreError::unwritten(&record, &error))?;
    tell_lost(&log, &lost).map_err(|error| StoreError::unwritten(&record, &error))?;
    let system = (other.log, other.tree, other.damage);
    Ok(Opened { conn, owner, log, tree, system, damage, rounds, alive })
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
        Sync::Ordered | Sync::Full => SqliteSynchronous::Full,
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
        .pragma("secure_delete", "ON")
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

/// The identifiers of the installation and of its tenant: those of the database, or fresh ones.
async fn identify(conn: &mut SqliteConnection, fresh: Owner, now: Moment) -> Result<Owner, sqlx::Error> {
    begin(conn).await?;
    let identified = known_or(conn, fresh, now).await;
    end(conn, identified).await
}

async fn known_or(conn: &mut SqliteConnection, fresh: Owner, now: Moment) -> Result<Owner, sqlx::Error> {
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
    Ok(Owner { install, tenant })
}

type Scalar<'q> = sqlx::query::QueryScalar<'q, sqlx::Sqlite, Vec<u8>, sqlx::sqlite::SqliteArguments>;

async fn known(conn: &mut SqliteConnection, query: Scalar<'_>) -> Result<Option<[u8; 16]>, sqlx::Error> {
    let bytes = query.fetch_optional(conn).await?.map(<[u8; 16]>::try_from).transpose();
    bytes.map_err(|_| damaged("an identifier has not 16 bytes"))
}
