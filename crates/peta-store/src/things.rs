//! Sealed things beside the credentials: clients at authorization servers, connections that were begun, and what sinks show.
//! They are read and written beside the snapshot, for no call needs them.

use peta_model::{CredentialId, Moment};
use sqlx::sqlite::SqliteRow;

use crate::{
    column::{Columns, damaged},
    sheet::ChangeError,
    sql,
    store::Store,
};

/// What a thing is; with its key it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThingSort {
    /// Who Peta is at an issuer.
    Client,
    /// A client that an administrator entered for one credential.
    Given,
    /// A connection that was begun.
    Pending,
    /// What a sink shows to whom the record is sent.
    Sink,
    /// The key of one archived file of the record.
    Archive,
}

/// One of them.
#[derive(Clone)]
pub struct SealedThing {
    pub sort: ThingSort,
    pub key: [u8; 32],
    /// What it was sealed as; its version is 1.
    pub object: [u8; 16],
    /// Goes with this credential.
    pub owner: Option<CredentialId>,
    pub sealed: Vec<u8>,
    pub until: Option<Moment>,
}

impl ThingSort {
    const ALL: [Self; 5] = [Self::Client, Self::Given, Self::Pending, Self::Sink, Self::Archive];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Given => "given",
            Self::Pending => "pending",
            Self::Sink => "sink",
            Self::Archive => "archive",
        }
    }
}

impl Store {
    /// Puts one in place, of an older one of that key too.
    pub async fn keep_thing(&self, thing: SealedThing) -> Result<(), ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::KEEP_THING).bind(tenant).bind(thing.sort.word()).bind(thing.key.to_vec());
                let query = query.bind(thing.object.to_vec()).bind(thing.owner.map(|owner| owner.as_bytes().to_vec()));
                query.bind(thing.sealed).bind(thing.until.map(Moment::micros)).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    pub async fn thing(&self, sort: ThingSort, key: [u8; 32]) -> Result<Option<SealedThing>, ChangeError> {
        self.one_thing(sql::THING, sort, key).await
    }

    /// Gives it and forgets it: it serves once.
    pub async fn take_thing(&self, sort: ThingSort, key: [u8; 32]) -> Result<Option<SealedThing>, ChangeError> {
        self.one_thing(sql::TAKE_THING, sort, key).await
    }

    /// All of them, for whoever wraps them anew.
    pub async fn things(&self) -> Result<Vec<SealedThing>, ChangeError> {
        self.in_transaction(|conn, tenant| {
            Box::pin(async move {
                let rows = sqlx::query(sql::THINGS).bind(tenant).fetch_all(conn).await?;
                Ok(rows.iter().map(thing).collect::<Result<_, _>>()?)
            })
        })
        .await
    }

    /// The same thing in another envelope, if it is still there as it was.
    pub async fn rewrap_thing(&self, thing: SealedThing, anew: Vec<u8>) -> Result<(), ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query =
                    sqlx::query(sql::REWRAP_THING).bind(tenant).bind(thing.sort.word()).bind(thing.key.to_vec());
                query.bind(anew).bind(thing.sealed).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets what is over.
    pub async fn forget_things(&self, now: Moment) -> Result<(), ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                sqlx::query(sql::FORGET_THINGS).bind(tenant.clone()).bind(now.micros()).execute(&mut *conn).await?;
                // How a connection ended can be asked for a day.
                let before = now.micros().saturating_sub(86_400_000_000);
                sqlx::query(sql::FORGET_LINKS).bind(tenant).bind(before).execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    async fn one_thing(
        &self,
        text: &'static str,
        sort: ThingSort,
        key: [u8; 32],
    ) -> Result<Option<SealedThing>, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(text).bind(tenant).bind(sort.word()).bind(key.to_vec());
                let row = query.fetch_optional(conn).await?;
                Ok(row.as_ref().map(thing).transpose()?)
            })
        })
        .await
    }
}

fn thing(row: &SqliteRow) -> Result<SealedThing, sqlx::Error> {
    let mut columns = Columns::of(row);
    let word: String = columns.plain()?;
    let sort = ThingSort::ALL.into_iter().find(|sort| sort.word() == word);
    let sort = sort.ok_or_else(|| damaged("the sort of a sealed thing is unknown"))?;
    let (key, object): (Vec<u8>, Vec<u8>) = (columns.plain()?, columns.plain()?);
    Ok(SealedThing {
        sort,
        key: key.try_into().map_err(|_| damaged("a key has not 32 bytes"))?,
        object: object.try_into().map_err(|_| damaged("an identifier has not 16 bytes"))?,
        owner: columns.maybe_id()?,
        sealed: columns.plain()?,
        until: columns.maybe_moment()?,
    })
}
