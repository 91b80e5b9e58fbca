//! One-time links by which a person connects: kept by the hash of what stands in them, for one credential and one person.

use peta_model::{CredentialId, Moment};
use sqlx::sqlite::SqliteRow;

use crate::{
    column::{Columns, damaged},
    sheet::ChangeError,
    sql,
    store::Store,
};

/// How many links of one credential and person wait to be opened: whoever asks for more ends the oldest.
const WAITING: i64 = 8;

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub hash: [u8; 32],
    /// What is connected; for another person it is the model of what is made.
    pub credential: CredentialId,
    /// Whose it will be; none if it is nobody's in particular.
    pub person: Option<String>,
    /// Who asked for it, if that was an administrator.
    pub administrator: Option<String>,
    /// What must be asked for beyond what was asked for before.
    pub scopes: Option<String>,
    pub made: Moment,
    pub until: Moment,
    pub stage: LinkStage,
    /// Why it came to nothing.
    pub code: Option<String>,
    pub told: Option<String>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkStage {
    /// Nobody has used it yet.
    Waiting,
    /// Somebody was sent to the authorization server.
    Opened,
    Done,
    Failed,
}

/// What became of links.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinksDone {
    pub done: Vec<[u8; 32]>,
    pub open: Vec<[u8; 32]>,
}

impl LinkStage {
    const ALL: [Self; 4] = [Self::Waiting, Self::Opened, Self::Done, Self::Failed];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Opened => "opened",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

impl Store {
    pub async fn add_link(&self, link: Link) -> Result<(), ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let (credential, person) = (link.credential.as_bytes().to_vec(), link.person.clone());
                let query = sqlx::query(sql::ADD_LINK).bind(tenant.clone()).bind(link.hash.to_vec());
                let query = query.bind(credential.clone()).bind(link.person).bind(link.administrator).bind(link.scopes);
                let query = query.bind(link.made.micros()).bind(link.until.micros()).bind(link.stage.word());
                query.execute(&mut *conn).await?;
                let query = sqlx::query(sql::CROWDED_LINKS).bind(tenant).bind(credential).bind(person).bind(WAITING);
                query.execute(conn).await?;
                Ok(())
            })
        })
        .await
    }

    pub async fn link(&self, hash: [u8; 32]) -> Result<Option<Link>, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let row = sqlx::query(sql::LINK).bind(tenant).bind(hash.to_vec()).fetch_optional(conn).await?;
                Ok(row.as_ref().map(link).transpose()?)
            })
        })
        .await
    }

    /// Uses a link, if it was not used before and is not over.
    pub async fn open_link(&self, hash: [u8; 32], now: Moment) -> Result<Option<Link>, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::OPEN_LINK).bind(tenant).bind(hash.to_vec()).bind(now.micros());
                let row = query.fetch_optional(conn).await?;
                Ok(row.as_ref().map(link).transpose()?)
            })
        })
        .await
    }

    /// Of these links those that are done, and those that are still there: what is in neither has failed or is forgotten.
    pub async fn links_done(&self, links: Vec<[u8; 32]>) -> Result<LinksDone, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let mut found = LinksDone::default();
                for hash in links {
                    let query = sqlx::query(sql::LINK).bind(tenant.clone()).bind(hash.to_vec());
                    match query.fetch_optional(&mut *conn).await?.as_ref().map(link).transpose()?.map(|link| link.stage)
                    {
                        Some(LinkStage::Done) => found.done.push(hash),
                        Some(LinkStage::Waiting | LinkStage::Opened) => found.open.push(hash),
                        Some(LinkStage::Failed) | None => {}
                    }
                }
                Ok(found)
            })
        })
        .await
    }

    /// Notes how it ended, and wakes who follows the store's changes.
    pub async fn end_link(
        &self,
        hash: [u8; 32],
        stage: LinkStage,
        why: Option<(String, String)>,
    ) -> Result<(), ChangeError> {
        let ended = self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let (code, told) = why.unzip();
                let query = sqlx::query(sql::END_LINK).bind(tenant).bind(hash.to_vec()).bind(stage.word());
                query.bind(code).bind(told).execute(conn).await?;
                Ok(())
            })
        });
        ended.await?;
        self.wake();
        Ok(())
    }

    /// The newest link that an administrator asked for.
    pub async fn newest_link(&self, credential: CredentialId) -> Result<Option<Link>, ChangeError> {
        self.in_transaction(move |conn, tenant| {
            Box::pin(async move {
                let query = sqlx::query(sql::NEWEST_LINK).bind(tenant).bind(credential.as_bytes().to_vec());
                let row = query.fetch_optional(conn).await?;
                Ok(row.as_ref().map(link).transpose()?)
            })
        })
        .await
    }
}

fn link(row: &SqliteRow) -> Result<Link, sqlx::Error> {
    let mut columns = Columns::of(row);
    let hash: Vec<u8> = columns.plain()?;
    let hash = hash.try_into().map_err(|_| damaged("the hash of a link has not 32 bytes"))?;
    let (credential, person, administrator) = (columns.id()?, columns.plain()?, columns.plain()?);
    let (scopes, made, until) = (columns.plain()?, columns.moment()?, columns.moment()?);
    let word: String = columns.plain()?;
    let stage = LinkStage::ALL.into_iter().find(|stage| stage.word() == word);
    let stage = stage.ok_or_else(|| damaged("the stage of a link is unknown"))?;
    let (code, told) = (columns.plain()?, columns.plain()?);
    Ok(Link { hash, credential, person, administrator, scopes, made, until, stage, code, told })
}
