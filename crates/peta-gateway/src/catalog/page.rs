//! Pages of lists. On the aggregate endpoint Peta pages itself, with sealed cursors; a server's own endpoint pages as
//! the server does, with its cursors, and only what the caller may not use is cut out.

use std::ops::Range;

use bytes::Bytes;
use peta_mcp::{Message, write};
use peta_model::{Code, Slug};

use super::{
    effective::{self, Part},
    listing::{self, Item, List, Page},
};
use crate::{
    admit::Caller,
    config::Prefix,
    hub::Hub,
    refuse::{Refusal, rpc},
    session::Session,
};

/// One page of the effective list: the raw `result`.
pub(crate) fn aggregate(
    hub: &Hub,
    caller: &Caller,
    session: &Session,
    list: List,
    cursor: Option<&str>,
) -> Result<String, Refusal> {
    let from = cursor.map(|cursor| Place::open(hub, caller, list, cursor)).transpose()?.unwrap_or_default();
    let parts = effective::parts(hub, caller, session);
    let collisions = effective::collisions(hub, &parts, list);
    let mut items = Vec::new();
    let mut next = None;
    'pages: for part in &parts {
        let slug = &part.server.spec.name;
        let skip = match slug.as_str().cmp(from.slug.as_str()) {
            std::cmp::Ordering::Less => continue,
            std::cmp::Ordering::Equal => from.index,
            std::cmp::Ordering::Greater => 0,
        };
        for (index, (page, item)) in part.lists.items(list).enumerate().skip(skip) {
            if !effective::allowed(caller, slug, list, &item.name)
                || is_shown_before(hub, caller, &parts, part, list, &item.name)
            {
                continue;
            }
            if items.len() == hub.config.streams.page {
                next = Place { slug: slug.to_string(), index }.seal(hub, caller, list);
                break 'pages;
            }
            let collides = collisions.get(&item.name).is_some_and(|count| *count > 1);
            items.push(effective::shown(hub, slug, list, page, item, collides));
        }
    }
    let next = next.map(|next| format!(r#","nextCursor":{}"#, write::string(&next))).unwrap_or_default();
    Ok(format!(r#"{{"{}":[{}]{next}}}"#, list.member(), items.join(",")))
}

/// An `https` URI, and where nothing is prefixed any name or URI, is shown once: as that of the first server, by name,
/// that lists it to this caller.
fn is_shown_before(hub: &Hub, caller: &Caller, parts: &[Part], part: &Part, list: List, name: &str) -> bool {
    let bare = hub.config.prefix == Prefix::Never;
    let shared = bare || (matches!(list, List::Resources | List::Templates) && name.starts_with("https://"));
    let before = parts.iter().take_while(|other| other.server.id != part.server.id);
    let shows =
        |other: &Part| other.lists.has(list, name) && effective::allowed(caller, &other.server.spec.name, list, name);
    shared && { before }.any(shows)
}

/// Where the next page begins: a server, and an index into its list.
#[derive(Debug, Default)]
struct Place {
    slug: String,
    index: usize,
}

impl Place {
    fn seal(&self, hub: &Hub, caller: &Caller, list: List) -> Option<String> {
        hub.sealer.seal(caller.agent.id, list.word(), &format!("{}:{}", self.slug, self.index))
    }

    fn open(hub: &Hub, caller: &Caller, list: List, cursor: &str) -> Result<Self, Refusal> {
        let bad = || bad_cursor();
        let place = hub.sealer.open(caller.agent.id, list.word(), cursor).map_err(|_| bad())?;
        let (slug, index) = place.split_once(':').ok_or_else(bad)?;
        Ok(Self { slug: slug.to_owned(), index: index.parse().map_err(|_| bad())? })
    }
}

pub(crate) fn bad_cursor() -> Refusal {
    Refusal::new(Code::BAD_CURSOR, rpc::INVALID_PARAMS, "The cursor is not valid")
}

/// A stored page of one server, answering this id, with what the caller may not use cut out; every other byte as it was.
pub(crate) fn stored(caller: &Caller, slug: &Slug, list: List, page: &Page, id: &str) -> Bytes {
    cut(caller, slug, list, &page.answer, page.array.clone(), &page.items, id)
}

/// The same for a page that just came.
pub(crate) fn fresh(caller: &Caller, slug: &Slug, list: List, answer: &Message, id: &str) -> Bytes {
    let array = answer.result().and_then(|result| result.get(list.member())).filter(|array| array.is_array());
    let Some(array) = array else { return answer.splice_id(id).finish() };
    cut(caller, slug, list, answer, array.range(), &listing::named(list, array), id)
}

fn cut(
    caller: &Caller,
    slug: &Slug,
    list: List,
    answer: &Message,
    array: Range<usize>,
    items: &[Item],
    id: &str,
) -> Bytes {
    let mut splice = answer.splice_id(id);
    if caller.snapshot.policy.grants_all(caller.agent.id, slug) {
        return splice.finish();
    }
    let keeps = |item: &&Item| effective::allowed(caller, slug, list, &item.name);
    let kept: Vec<&Item> = items.iter().filter(keeps).collect();
    if kept.len() != items.len() {
        let whole = answer.text();
        let text = |item: &&Item| whole.get(item.range.clone()).unwrap_or_default();
        splice.replace(array, format!("[{}]", kept.iter().map(text).collect::<Vec<_>>().join(",")));
    }
    splice.finish()
}
