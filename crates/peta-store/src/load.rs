//! The snapshot, read from the database. Done once, at start; after that every change brings its own part.

use std::{collections::HashMap, sync::Arc};

use peta_model::{AgentId, Grant, InstallId, Role, ServerId, ServerSpec, TenantId};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use crate::{
    column::{Columns, damaged},
    credential::CredentialEntry,
    entry::{AgentEntry, Learnt, Page, ServerEntry, TokenEntry, TokenOwner, Usage},
    sink::{SinkEntry, SinkSpec},
    snapshot::Snapshot,
    sql,
};

pub(crate) async fn load(
    conn: &mut SqliteConnection,
    install: InstallId,
    tenant: TenantId,
) -> Result<Snapshot, sqlx::Error> {
    let sequence: i64 =
        sqlx::query_scalar(sql::SEQUENCE).bind(tenant.as_bytes().to_vec()).fetch_one(&mut *conn).await?;
    let mut snapshot = Snapshot::empty(install, tenant, u64::try_from(sequence).unwrap_or(0));
    let mut learnt = learnt(conn, tenant).await?;
    for row in rows(conn, sql::SERVERS, tenant).await? {
        let server = server(&row, &mut learnt)?;
        snapshot.put_server(server);
    }
    let mut tokens = tokens(conn, tenant, &mut snapshot).await?;
    let mut grants = grants(conn, tenant).await?;
    for row in rows(conn, sql::AGENTS, tenant).await? {
        let mut agent = agent(&row)?;
        agent.grants = grants.remove(&agent.id).unwrap_or_default();
        agent.tokens = tokens.remove(&agent.id).unwrap_or_default();
        snapshot.put_agent(agent);
    }
    credentials(conn, tenant, &mut snapshot).await?;
    for row in rows(conn, sql::SINKS, tenant).await? {
        snapshot.put_sink(sink(&row)?);
    }
    Ok(snapshot)
}

/// So many at a time: there may be some for each of a hundred thousand people, and a row takes ten times what is kept of it.
const CREDENTIALS: usize = 1_000;

async fn credentials(
    conn: &mut SqliteConnection,
    tenant: TenantId,
    snapshot: &mut Snapshot,
) -> Result<(), sqlx::Error> {
    let mut after = Vec::new();
    loop {
        let query = sqlx::query(sql::CREDENTIALS).bind(tenant.as_bytes().to_vec()).bind(after);
        let rows = query.bind(i64::try_from(CREDENTIALS).unwrap_or(i64::MAX)).fetch_all(&mut *conn).await?;
        let mut last = None;
        for row in &rows {
            last = Some(snapshot.put_credential(credential(row)?));
        }
        match last {
            Some(last) if rows.len() == CREDENTIALS => after = last.id.as_bytes().to_vec(),
            _ => return Ok(()),
        }
    }
}

async fn rows(
    conn: &mut SqliteConnection,
    text: &'static str,
    tenant: TenantId,
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    sqlx::query(text).bind(tenant.as_bytes().to_vec()).fetch_all(conn).await
}

async fn learnt(conn: &mut SqliteConnection, tenant: TenantId) -> Result<HashMap<ServerId, Learnt>, sqlx::Error> {
    let mut all = HashMap::new();
    for row in rows(conn, sql::LEARNT, tenant).await? {
        let mut columns = Columns::of(&row);
        let server = columns.id()?;
        let revision = columns.number()?;
        let (at, description) = (columns.moment()?, columns.plain()?);
        all.insert(server, Learnt { at, revision, description, pages: Vec::new() });
    }
    for row in rows(conn, sql::PAGES, tenant).await? {
        let mut columns = Columns::of(&row);
        let learnt = all.get_mut(&columns.id()?).ok_or_else(|| damaged("a page belongs to no server"))?;
        learnt.pages.push(Page { list: columns.plain()?, cursor: columns.plain()?, answer: columns.plain()? });
    }
    Ok(all)
}

fn server(row: &SqliteRow, learnt: &mut HashMap<ServerId, Learnt>) -> Result<ServerEntry, sqlx::Error> {
    let mut columns = Columns::of(row);
    let id = columns.id()?;
    let spec: String = columns.plain()?;
    let spec: ServerSpec =
        serde_json::from_str(&spec).map_err(|_| damaged("a server's configuration cannot be read"))?;
    Ok(ServerEntry {
        id,
        origin: spec.origin().into(),
        spec: Arc::new(spec),
        disabled: columns.plain::<i64>()? != 0,
        learnt: learnt.remove(&id).map(Arc::new),
        added: columns.moment()?,
    })
}

fn agent(row: &SqliteRow) -> Result<AgentEntry, sqlx::Error> {
    let mut columns = Columns::of(row);
    let (id, name, user) = (columns.id()?, columns.word()?, columns.plain()?);
    let groups: String = columns.plain()?;
    let groups = serde_json::from_str(&groups).map_err(|_| damaged("an agent's groups cannot be read"))?;
    let (created, revoked) = (columns.moment()?, columns.maybe_moment()?);
    let guesses = u32::try_from(columns.number()?).map_err(|_| damaged("a count is too large"))?;
    Ok(AgentEntry { id, name, user, groups, grants: Vec::new(), created, revoked, guesses, tokens: Vec::new() })
}

fn sink(row: &SqliteRow) -> Result<SinkEntry, sqlx::Error> {
    let mut columns = Columns::of(row);
    let (id, name) = (columns.id()?, columns.word()?);
    let spec: SinkSpec =
        serde_json::from_str(&columns.plain::<String>()?).map_err(|_| damaged("a sink cannot be read"))?;
    Ok(SinkEntry { id, name, spec: Arc::new(spec), secret: columns.plain::<i64>()? != 0, added: columns.moment()? })
}

fn credential(row: &SqliteRow) -> Result<CredentialEntry, sqlx::Error> {
    let unreadable = |_| damaged("a credential cannot be read");
    let mut columns = Columns::of(row);
    let (id, name, server) = (columns.id()?, columns.word()?, columns.id()?);
    let owner = serde_json::from_str(&columns.plain::<String>()?).map_err(unreadable)?;
    let delivery = serde_json::from_str(&columns.plain::<String>()?).map_err(unreadable)?;
    let (scope, origin) = (columns.maybe_word()?, columns.plain()?);
    let (held, version) = (columns.plain::<i64>()? != 0, columns.number()?);
    let (added, changed, changed_by) = (columns.moment()?, columns.moment()?, columns.plain()?);
    let usage = Usage::new(columns.maybe_moment()?);
    let oauth: Option<String> = columns.plain()?;
    let oauth = oauth.map(|oauth| serde_json::from_str(&oauth)).transpose().map_err(unreadable)?.map(Arc::new);
    // A row that lost its secret is told of when it is needed: it opens no more than a damaged one.
    let sealed = columns.plain::<Option<Vec<u8>>>()?.unwrap_or_default().into();
    Ok(CredentialEntry {
        id,
        name,
        server,
        owner,
        delivery,
        scope,
        origin,
        held,
        version,
        rolled_back: false,
        sealed,
        oauth,
        added,
        changed,
        changed_by,
        usage,
    })
}

async fn grants(conn: &mut SqliteConnection, tenant: TenantId) -> Result<HashMap<AgentId, Vec<Grant>>, sqlx::Error> {
    let mut all: HashMap<AgentId, Vec<Grant>> = HashMap::new();
    for row in rows(conn, sql::GRANTS, tenant).await? {
        let mut columns = Columns::of(&row);
        all.entry(columns.id()?).or_default().push(columns.word()?);
    }
    Ok(all)
}

/// Puts the tokens into the snapshot and gives the agents' ones by agent.
async fn tokens(
    conn: &mut SqliteConnection,
    tenant: TenantId,
    snapshot: &mut Snapshot,
) -> Result<HashMap<AgentId, Vec<[u8; 32]>>, sqlx::Error> {
    let mut all: HashMap<AgentId, Vec<[u8; 32]>> = HashMap::new();
    for row in rows(conn, sql::TOKENS, tenant).await? {
        let mut columns = Columns::of(&row);
        let id = columns.id()?;
        let hash: Vec<u8> = columns.plain()?;
        let hash = <[u8; 32]>::try_from(hash).map_err(|_| damaged("a token's hash has not 32 bytes"))?;
        let owner = match (columns.maybe_id()?, columns.maybe_word::<Role>()?) {
            (Some(agent), None) => TokenOwner::Agent(agent),
            (None, Some(role)) => TokenOwner::Admin(role),
            (Some(_), Some(_)) | (None, None) => return Err(damaged("a token has not one owner")),
        };
        if let TokenOwner::Agent(agent) = owner {
            all.entry(agent).or_default().push(hash);
        }
        let (created, expires, revoked) = (columns.moment()?, columns.maybe_moment()?, columns.maybe_moment()?);
        let usage = Usage::new(columns.maybe_moment()?);
        snapshot.put_token(hash, TokenEntry { id, owner, created, expires, revoked, usage });
    }
    Ok(all)
}
