//! Pages of lists. On the aggregate endpoint Peta pages itself, with sealed cursors; a server's own endpoint pages as
//! the server does, with its cursors, and only what the caller may not use is cut out.

use peta_mcp::{Splice, Value, write};
use peta_model::Code;

use super::{
    effective::{self, Part},
    listing::{List, Page},
};
use crate::{
    admit::Caller,
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
                || is_served_elsewhere(&parts, part, list, &item.name)
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

/// An `https` URI, and with bare names any URI or name, is the first server's that lists it (contract of names).
fn is_served_elsewhere(parts: &[Part], part: &Part, list: List, name: &str) -> bool {
    let shared = matches!(list, List::Resources | List::Templates) && name.starts_with("https://");
    shared
        && parts.iter().take_while(|other| other.server.id != part.server.id).any(|other| other.lists.has(list, name))
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

/// A stored page of one server, with what the caller may not use cut out; every other byte as it was.
pub(crate) fn own(caller: &Caller, slug: &peta_model::Slug, list: List, page: &Page) -> String {
    let keep = |name: &str| effective::allowed(caller, slug, list, name);
    cut(
        page.written(),
        page.array.clone(),
        page.items.iter().map(|item| (item.name.as_str(), item.range.clone())),
        keep,
    )
}

/// The same for a page that just came.
pub(crate) fn own_result(caller: &Caller, slug: &peta_model::Slug, list: List, result: Value<'_>) -> String {
    let text = result.raw();
    let Ok(value) = Value::of(text) else { return text.to_owned() };
    let Some(array) = value.get(list.member()).filter(|array| array.is_array()) else { return text.to_owned() };
    let named: Vec<(String, std::ops::Range<usize>)> = array
        .items()
        .filter_map(|item| Some((item.get(list.name_member())?.as_str()?.into_owned(), item.range())))
        .collect();
    let keep = |name: &str| effective::allowed(caller, slug, list, name);
    cut(text, array.range(), named.iter().map(|(name, range)| (name.as_str(), range.clone())), keep)
}

fn cut<'a>(
    text: &str,
    array: std::ops::Range<usize>,
    items: impl Iterator<Item = (&'a str, std::ops::Range<usize>)>,
    keep: impl Fn(&str) -> bool,
) -> String {
    let mut cut_any = false;
    let mut kept = Vec::new();
    for (name, range) in items {
        if keep(name) {
            kept.push(text.get(range).unwrap_or_default());
        } else {
            cut_any = true;
        }
    }
    if !cut_any {
        return text.to_owned();
    }
    let mut splice = Splice::new(text);
    splice.replace(array, format!("[{}]", kept.join(",")));
    String::from_utf8(splice.finish().to_vec()).unwrap_or_default()
}
