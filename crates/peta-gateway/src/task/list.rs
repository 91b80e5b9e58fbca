//! `tasks/list`: a caller's own tasks, of all its servers or of one. Servers that several callers share, or that know
//! Peta by one credential, list everybody's: only what the table says is this caller's is shown. Where the caller's tasks
//! run in several instances (some of sessions that have ended), all of them are asked.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use peta_mcp::{Message, Method, RequestId, Side, Splice, Value, write};
use peta_model::{CapabilityKind, CapabilityRef, Decision, Slug};
use peta_store::ServerEntry;

use super::{kept::Kept, rewrite};
use crate::{
    admit::Admitted,
    carry::{self, Errand},
    catalog::{page::bad_cursor, view},
    digest::digest,
    entry::Entry,
    hold,
    hub::Hub,
    offer::Shown,
    refuse::Refusal,
    session::{Endpoint, held::Held, running::Running},
    stop::Stop,
};

const PURPOSE: &str = "tasks";

/// Pages that one request may ask of servers; their cursors may be broken.
const PAGES: usize = 100;

/// An instance that runs tasks of the caller; in order of server and then of instance.
type Sources = BTreeMap<(Slug, u64), Arc<Held>>;

pub(super) async fn list(
    hub: &Arc<Hub>,
    admitted: &Admitted,
    running: &Running,
    entry: &mut Entry,
) -> Result<Bytes, Stop> {
    entry.allow();
    let Admitted { caller, session, message } = admitted;
    let cursor = message.params().and_then(|params| params.get("cursor"));
    if cursor.is_some_and(|cursor| !cursor.is_string()) {
        return Err(bad_cursor().into());
    }
    let lists = |server: &&Arc<ServerEntry>| {
        let here = match &session.endpoint {
            Endpoint::Aggregate => true,
            Endpoint::Server(slug) => *slug == server.spec.name,
        };
        here && view::features(hub, session, server).is_none_or(|features| features.tasks_list)
    };
    let servers: Vec<&Arc<ServerEntry>> = view::servers(caller).filter(lists).collect();
    if servers.is_empty() {
        return Err(Refusal::not_offered("tasks/list").into());
    }
    let ask = Ask { hub, admitted, running };
    let sources = ask.sources(&servers);
    match (&session.endpoint, servers.first()) {
        (Endpoint::Server(_), Some(server)) => ask.own(server, sources, cursor).await,
        _ => ask.merged(&sources, cursor.and_then(Value::as_str).as_deref()).await,
    }
}

struct Ask<'a> {
    hub: &'a Arc<Hub>,
    admitted: &'a Admitted,
    running: &'a Running,
}

impl Ask<'_> {
    /// The instances that run tasks of this caller which it may still see.
    fn sources(&self, servers: &[&Arc<ServerEntry>]) -> Sources {
        let mut sources = Sources::new();
        for kept in self.hub.tasks.of_caller(self.admitted.caller.agent.id) {
            let server = servers.iter().find(|server| server.id == kept.held.server);
            if !kept.is_lost() && server.is_some_and(|server| self.may_see(&server.spec.name, &kept)) {
                let place = (kept.held.slug.clone(), digest(kept.key()));
                sources.entry(place).or_insert_with(|| Arc::clone(&kept.held));
            }
        }
        sources
    }

    fn may_see(&self, slug: &Slug, kept: &Kept) -> bool {
        let caller = &self.admitted.caller;
        let capability = CapabilityRef { kind: CapabilityKind::Tool, name: &kept.tool };
        caller.snapshot.policy.judge(caller.agent.id, slug, capability).decision == Decision::Allow
    }

    /// All servers' tasks, in pages of Peta's own. A server that fails has its part left out.
    async fn merged(&self, sources: &Sources, cursor: Option<&str>) -> Result<Bytes, Stop> {
        let mut from = cursor.map(|cursor| self.open(cursor)).transpose()?;
        let first = from.as_ref().map(|place| (place.slug.clone(), place.instance));
        let mut items = Vec::new();
        let mut asked = 0;
        for ((slug, instance), held) in
            sources.iter().filter(|(place, _)| first.as_ref().is_none_or(|first| *place >= first))
        {
            let at = from.take().filter(|place| place.slug == *slug && place.instance == *instance);
            let mut cursor = at.and_then(|place| place.cursor);
            loop {
                if items.len() >= self.hub.config.streams.page || asked >= PAGES {
                    let place = Place { slug: slug.clone(), instance: *instance, cursor };
                    return Ok(self.page(&items, self.seal(&place)));
                }
                asked += 1;
                let Some((answer, next)) = self.try_page(held, cursor.as_deref()).await? else { break };
                items.extend(self.mine(held, &answer));
                match next {
                    Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
                    _ => break,
                }
            }
        }
        Ok(self.page(&items, None))
    }

    /// One server's tasks, in the server's own pages. What runs in other instances of it comes first.
    async fn own(
        &self,
        server: &Arc<ServerEntry>,
        mut sources: Sources,
        cursor: Option<Value<'_>>,
    ) -> Result<Bytes, Stop> {
        let session = &self.admitted.session;
        let held = hold::hold(self.hub, session, server);
        let here = sources.remove(&(held.slug.clone(), digest(held.instance.key()))).is_some();
        let mut others = Vec::new();
        for held in sources.values().filter(|_| cursor.is_none()) {
            let mut cursor = None;
            for _ in 0..PAGES {
                let Some((answer, next)) = self.try_page(held, cursor.as_deref()).await? else { break };
                others.extend(self.mine(held, &answer));
                match next {
                    Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
                    _ => break,
                }
            }
        }
        if !here && cursor.is_none() {
            return Ok(self.page(&others, None));
        }
        let mut shown = Shown::by(self.hub, session, (self.admitted.caller.agent.id, server)).await?;
        let answer = loop {
            match self.carry(&held, &self.admitted.message).await {
                Err(stop) => shown.again(self.hub, session, stop).await?,
                Ok(answer) => break answer,
            }
        };
        let mut splice = answer.splice_id(self.id());
        if let Some(array) = answer.result().and_then(|result| result.get("tasks")).filter(|array| array.is_array()) {
            others.extend(self.mine(&held, &answer));
            splice.replace(array.range(), format!("[{}]", others.join(",")));
        }
        Ok(splice.finish())
    }

    /// A page of one instance, and its next cursor; nothing if the instance does not give it.
    async fn try_page(
        &self,
        held: &Arc<Held>,
        cursor: Option<&str>,
    ) -> Result<Option<(Message, Option<String>)>, Stop> {
        let params = cursor.map(|cursor| format!(r#"{{"cursor":{}}}"#, write::string(cursor)));
        let request = write::request_with(self.id(), Method::TASKS_LIST, params.as_deref());
        let Ok(request) = Message::parse(request, Side::Agent, &self.hub.config.limits) else { return Ok(None) };
        let (session, caller) = (&self.admitted.session, &self.admitted.caller);
        let Some(server) = caller.snapshot.server_by_id(held.server) else { return Ok(None) };
        let Ok(mut shown) = Shown::by(self.hub, session, (caller.agent.id, server)).await else { return Ok(None) };
        let answer = loop {
            match self.carry(held, &request).await {
                Ok(answer) => break answer,
                Err(stop) if stop.is_cancelled() => return Err(stop),
                Err(stop) => {
                    if shown.again(self.hub, session, stop).await.is_err() {
                        return Ok(None);
                    }
                }
            }
        };
        let next = answer.result().and_then(|result| result.get("nextCursor")?.as_str().map(|next| next.into_owned()));
        Ok(answer.result().is_some().then_some((answer, next)))
    }

    async fn carry(&self, held: &Arc<Held>, request: &Message) -> Result<Message, Stop> {
        hold::ready(self.hub, held).await?;
        let errand = Errand::at(held, Vec::new());
        carry::carry(self.hub, &self.admitted.session, held, request, errand, self.running).await
    }

    /// The caller's own tasks on a page, as it reads them.
    fn mine(&self, held: &Held, answer: &Message) -> Vec<String> {
        let most = self.hub.config.tasks.ttl_most.duration();
        let tasks = answer.result().and_then(|result| result.get("tasks"));
        let shown = |task: Value<'_>| {
            let kept = self.hub.tasks.called(held.instance.key(), &task.get("taskId")?.as_str()?)?;
            let mine = kept.caller == self.admitted.caller.agent.id && self.may_see(&held.slug, &kept);
            let text = task.raw();
            let alone = Value::of(text).ok().filter(|_| mine)?;
            let mut splice = Splice::new(text);
            rewrite::object(alone, &kept.token, most, &mut splice);
            String::from_utf8(splice.finish().to_vec()).ok()
        };
        tasks.into_iter().flat_map(Value::items).filter_map(shown).collect()
    }

    fn page(&self, items: &[String], next: Option<String>) -> Bytes {
        let next = next.map(|next| format!(r#","nextCursor":{}"#, write::string(&next))).unwrap_or_default();
        write::result(self.id(), &format!(r#"{{"tasks":[{}]{next}}}"#, items.join(",")))
    }

    fn id(&self) -> &str {
        self.admitted.message.id().map_or("null", RequestId::raw)
    }

    fn seal(&self, place: &Place) -> Option<String> {
        let cursor = place.cursor.as_deref().map_or("null".to_owned(), write::string);
        let text = format!(r#"["{}","{:x}",{cursor}]"#, place.slug, place.instance);
        self.hub.sealer.seal(self.admitted.caller.agent.id, PURPOSE, &text)
    }

    fn open(&self, cursor: &str) -> Result<Place, Refusal> {
        let text = self.hub.sealer.open(self.admitted.caller.agent.id, PURPOSE, cursor).map_err(|_| bad_cursor())?;
        Place::read(&text).ok_or_else(bad_cursor)
    }
}

/// Where the next page begins: an instance, and its own cursor.
struct Place {
    slug: Slug,
    instance: u64,
    cursor: Option<String>,
}

impl Place {
    fn read(text: &str) -> Option<Self> {
        let value = Value::of(text).ok()?;
        let mut parts = value.items();
        let slug = parts.next()?.as_str()?.parse().ok()?;
        let instance = u64::from_str_radix(&parts.next()?.as_str()?, 16).ok()?;
        let cursor = parts.next()?.as_str().map(|cursor| cursor.into_owned());
        Some(Self { slug, instance, cursor })
    }
}
