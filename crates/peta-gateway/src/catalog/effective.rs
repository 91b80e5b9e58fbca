//! The effective list: what one session sees of one kind of capability, over all its servers. Every entry was judged;
//! lists and calls ask the same judge.

use std::{collections::HashMap, sync::Arc};

use peta_mcp::{Splice, Value, write};
use peta_model::{CapabilityRef, Decision, Slug};
use peta_store::ServerEntry;

use super::{
    listing::{Item, List, Page, Shared},
    names, view,
};
use crate::{
    admit::Caller,
    config::Prefix,
    digest::digest,
    hub::Hub,
    session::{Endpoint, Session},
};

/// The part of one server.
pub(crate) struct Part {
    pub(crate) server: Arc<ServerEntry>,
    pub(crate) lists: Shared,
}

/// The parts that make up a session's lists: servers whose lists are known and that are not known to be down.
pub(crate) fn parts(hub: &Hub, caller: &Caller, session: &Session) -> Vec<Part> {
    let only = match &session.endpoint {
        Endpoint::Aggregate => None,
        Endpoint::Server(slug) => Some(slug),
    };
    let up = |server: &&Arc<ServerEntry>| only.is_some() || hub.runtime.health(server.id).failure.is_none();
    view::servers(caller)
        .filter(|server| only.is_none_or(|slug| *slug == server.spec.name))
        .filter(up)
        .filter_map(|server| Some(Part { server: Arc::clone(server), lists: view::view(hub, session, server)? }))
        .collect()
}

/// Whether the caller may use an item; the judge is asked.
pub(crate) fn allowed(caller: &Caller, slug: &Slug, list: List, name: &str) -> bool {
    let capability = CapabilityRef { kind: list.kind(), name };
    caller.snapshot.policy.judge(caller.agent.id, slug, capability).decision == Decision::Allow
}

/// Which names stand with more than one server, where that decides about prefixes.
pub(crate) fn collisions(hub: &Hub, parts: &[Part], list: List) -> HashMap<String, usize> {
    let mut count = HashMap::new();
    if hub.config.prefix == Prefix::OnCollision {
        for name in parts.iter().flat_map(|part| part.lists.names(list)) {
            *count.entry(name.to_owned()).or_default() += 1;
        }
    }
    count
}

/// An item as it is shown on the aggregate endpoint.
pub(crate) fn shown(hub: &Hub, slug: &Slug, list: List, page: &Page, item: &Item, collides: bool) -> String {
    let text = page.item_text(item);
    let prefix = match hub.config.prefix {
        Prefix::Always => true,
        Prefix::OnCollision => collides,
        Prefix::Never => false,
    };
    let uris = hub.config.prefix != Prefix::Never;
    let Ok(value) = Value::of(text) else { return text.to_owned() };
    let mut splice = Splice::new(text);
    match list {
        List::Tools | List::Prompts if prefix => {
            replace(&mut splice, value.get("name"), &names::prefixed(slug, &item.name));
        }
        List::Resources | List::Templates if uris => {
            replace(&mut splice, value.get(list.name_member()), &names::uri_out(slug, &item.name));
        }
        _ => {}
    }
    if uris && list == List::Tools {
        for path in [&["_meta", "ui", "resourceUri"][..], &["_meta", "ui/resourceUri"][..]] {
            let uri = value.at(path);
            if let Some(text) = uri.and_then(Value::as_str) {
                replace(&mut splice, uri, &names::uri_out(slug, &text));
            }
        }
    }
    if splice.is_untouched() {
        return text.to_owned();
    }
    String::from_utf8(splice.finish().to_vec()).unwrap_or_default()
}

fn replace(splice: &mut Splice<'_>, value: Option<Value<'_>>, with: &str) {
    if let Some(value) = value {
        splice.replace(value.range(), write::string(with));
    }
}

/// A digest of what a session sees of a list, to know whether it changed.
pub(crate) fn fingerprint(parts: &[Part], caller: &Caller, list: List) -> u64 {
    let mut seen = Vec::new();
    for part in parts {
        let slug = &part.server.spec.name;
        for (page, item) in part.lists.items(list).filter(|(_, item)| allowed(caller, slug, list, &item.name)) {
            seen.push(digest((slug.as_str(), page.item_text(item))));
        }
    }
    digest(seen)
}
