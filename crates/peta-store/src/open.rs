//! From a directory to a working store: the connection with its pragmas, migrations, the identities of install and
//! tenant, the record's files, and the end of what earlier runs left open.

use std::{
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use peta_model::{BootId, Code, InstallId, LogName, Moment, TenantId};
use sqlx::{
    ConnectOptions, SqliteConnection,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    carry_over::{CarryError, carry_over},
    column::damaged,
    config::{Config, Sync},
    dir::{DataDir, DirError},
    entropy::{NoEntropy, random_id},
    expiry::{Round, complete, recall},
    fault::Fault,
    notice::{tell, tell_lost},
    record::{Damage, Log, Owner, Place, StartError, Unwritten, start},
    settle::{SettleError, settle},
    sql, system,
    transaction::{begin, end},
    tree::{Known, Tree, TreeError},
    witnessed,
};

/// Why the store cannot be opened. The text says what happened and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct StoreError {
    code: Code,
    text: String,
    #[source]
    cause: Option<sqlx::Error>,
    /// The checkpoint that the record does not fit.
    known: Option<Box<Known>>,
    /// Which log it is about.
    log: LogName,
}

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

impl StoreError {
    const fn new(code: Code, text: String) -> Self {
        Self { code, text, cause: None, known: None, log: LogName::Default }
    }

    pub const fn code(&self) -> Code {
        self.code
    }

    pub(crate) fn of_dir(path: &Path, error: &DirError) -> Self {
        let code = match error {
            DirError::Held(_) => Code::DATA_DIR_HELD,
            DirError::Io { .. } | DirError::Foreign | DirError::HandleKey => Code::DATA_DIR_UNUSABLE,
            DirError::NoEntropy => Code::STORE_FAILED,
        };
        Self::new(code, format!("the data directory {} cannot be used: {error}", path.display()))
    }

    pub(crate) fn of_database(path: &Path, fault: Fault, cause: Option<sqlx::Error>) -> Self {
        let path = path.display();
        let text = match fault {
            Fault::Corrupt => format!("the database {path} is damaged or is no database of Peta's: restore a backup"),
            Fault::Unusable => format!("the database {path} cannot be opened for writing: check its owner and mode"),
            Fault::Newer => format!("the database {path} was written by a newer Peta: use that version or a later one"),
            Fault::Failed => format!("the database {path} cannot be read or written: check the disk"),
        };
        Self { cause, ..Self::new(fault.code(), text) }
    }

    /// The files of the record.
    pub(crate) fn of_record(error: &StartError) -> Self {
        let (code, help) = match error {
            StartError::Io { .. } => (Code::STORE_FAILED, "check the disk, and the owner of the file"),
            StartError::Foreign(_) => {
                (Code::RECORD_DAMAGED, "restore database and record from one backup, or move the file away")
            }
            StartError::Newer(_) => (Code::STORE_NEWER, "use that version or a later one"),
        };
        Self::new(code, format!("the record cannot be opened: {error}: {help}"))
    }

    /// The move of the record from the database into files.
    pub(crate) fn of_carry(path: &Path, error: CarryError) -> Self {
        let path = path.display();
        match error {
            CarryError::Record(error) => Self::of_record(&error),
            CarryError::Older => {
                let help = "restore database and record from one backup";
                let text = format!("the record {path} is newer than the database: {help}");
                Self::new(Code::RECORD_DAMAGED, text)
            }
            error => {
                let text = format!("the record cannot be moved to {path}: {error}: check the disk");
                Self::new(Code::STORE_FAILED, text)
            }
        }
    }

    pub(crate) fn unwritten(path: &Path, error: &Unwritten) -> Self {
        let text = format!("the record {} cannot be written: {error}: check the disk", path.display());
        Self::new(Code::STORE_FAILED, text)
    }

    /// The tree over the record.
    pub(crate) fn of_tree(error: &TreeError, log: LogName) -> Self {
        let (code, help) = match error {
            TreeError::Io { .. } => (Code::STORE_FAILED, "check the disk, and the owner of the file"),
            TreeError::Unreadable(_) => (Code::RECORD_DAMAGED, "restore it from a backup or a witness"),
            TreeError::Name(_) => (Code::RECORD_DAMAGED, "restore database and record from one backup"),
            TreeError::Shorter { .. }
            | TreeError::Other(_)
            | TreeError::Changed(_)
            | TreeError::Apart(_)
            | TreeError::Unhashed { .. } => {
                let help = "nothing is written to it: put the newest record back, or go on with a new log by \
                    `peta audit fork --reason TEXT`";
                (Code::RECORD_FORKED, help)
            }
        };
        let known = match error {
            TreeError::Shorter { known, .. } | TreeError::Other(known) => Some(Box::new(known.clone())),
            _ => None,
        };
        let what = match log {
            LogName::Default => "the record",
            LogName::System => "the log `system`",
        };
        Self { known, log, ..Self::new(code, format!("{what} is not what was signed: {error}: {help}")) }
    }

    /// The checkpoint that the record does not fit, if that is what is wrong.
    pub(crate) fn known(&self) -> Option<&Known> {
        self.known.as_deref()
    }

    /// Which log it is about.
    pub(crate) const fn log(&self) -> LogName {
        self.log
    }

    /// Whether the record is not what a checkpoint says.
    pub(crate) fn is_fork(&self) -> bool {
        self.code == Code::RECORD_FORKED
    }

    fn cut_off() -> Self {
        Self::new(Code::STORE_FAILED, "the start was cut off".to_owned())
    }

    pub(crate) fn no_entropy() -> Self {
        Self::new(Code::STORE_FAILED, NoEntropy.to_string())
    }
}

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
    let other = open_system((dir.system(), config.segment), owner.install, (heads, now)).await?;
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

/// The log `system`, opened and not written to yet.
struct Other {
    dir: PathBuf,
    log: Arc<Log>,
    tree: Tree,
    damage: Vec<Damage>,
}

async fn open_system(
    (dir, limit): (PathBuf, u64),
    install: InstallId,
    (known, now): (Vec<Known>, Moment),
) -> Result<Other, StoreError> {
    let place = Place { dir: dir.clone(), owner: system::owner(install), limit };
    let opened = tokio::task::spawn_blocking(move || {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&place.dir)
            .map_err(|error| StoreError::of_record(&StartError::Io { path: place.dir.clone(), error }))?;
        let dir = place.dir.clone();
        let started = start(place, now).map_err(|error| StoreError::of_record(&error))?;
        let tree = Tree::open(Arc::clone(&started.log), dir.join("tree"), &system::name(install), (&known, &[]));
        let tree = tree.map_err(|error| StoreError::of_tree(&error, LogName::System))?;
        Ok(Other { dir, log: started.log, tree, damage: started.damage })
    });
    opened.await.map_err(|_| StoreError::cut_off())?
}

impl Other {
    /// Its first entries of this run.
    fn begin(&self, boot: BootId, now: Moment) -> Result<(), StoreError> {
        let begun = tell(&self.log, &self.dir).and_then(|()| system::begin(&self.log, boot, now));
        begun.map_err(|error| StoreError::unwritten(&self.dir, &error))
    }
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
