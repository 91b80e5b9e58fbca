//! What a server lists, read once: the raw pages, and where each item and its name stand in them.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use peta_mcp::{Limits, Message, ServerFeatures, Side, Value};
use peta_model::CapabilityKind;

use super::definition::{self, Definition};

/// Which of a server's four lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum List {
    Tools,
    Prompts,
    Resources,
    Templates,
}

impl List {
    pub(crate) const ALL: [Self; 4] = [Self::Tools, Self::Prompts, Self::Resources, Self::Templates];

    /// The member of the result that holds the items.
    pub(crate) const fn member(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
        }
    }

    /// The word the store and the runtime use.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Templates => "templates",
            other => other.member(),
        }
    }

    /// The member of an item that names it.
    pub(crate) const fn name_member(self) -> &'static str {
        match self {
            Self::Tools | Self::Prompts => "name",
            Self::Resources => "uri",
            Self::Templates => "uriTemplate",
        }
    }

    pub(crate) const fn kind(self) -> CapabilityKind {
        match self {
            Self::Tools => CapabilityKind::Tool,
            Self::Prompts => CapabilityKind::Prompt,
            Self::Resources => CapabilityKind::Resource,
            Self::Templates => CapabilityKind::Template,
        }
    }

    pub(crate) const fn offered(self, features: ServerFeatures) -> bool {
        match self {
            Self::Tools => features.tools,
            Self::Prompts => features.prompts,
            Self::Resources | Self::Templates => features.resources,
        }
    }

    pub(crate) const fn changed(self) -> &'static str {
        match self {
            Self::Tools => "notifications/tools/list_changed",
            Self::Prompts => "notifications/prompts/list_changed",
            Self::Resources | Self::Templates => "notifications/resources/list_changed",
        }
    }
}

/// One page as the server gave it.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) cursor: Option<String>,
    /// The whole answer, as the server wrote it.
    pub(crate) answer: Message,
    /// Where the array of items stands.
    pub(crate) array: Range<usize>,
    pub(crate) items: Vec<Item>,
}

/// One item of a page.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) range: Range<usize>,
    /// Made when the first call asks for it.
    definition: OnceLock<Option<Definition>>,
}

/// All that one server lists, to one kind of client.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pub(crate) features: ServerFeatures,
    lists: [Vec<Page>; 4],
    known: [HashMap<String, (usize, usize)>; 4],
}

impl Catalogue {
    /// Reads raw pages, in the order they came. A page that is not what it should be is left out.
    pub(crate) fn read(features: ServerFeatures, pages: impl Iterator<Item = (List, Option<String>, Bytes)>) -> Self {
        let mut this = Self { features, ..Self::default() };
        for (list, cursor, text) in pages {
            let Some(page) = Page::read(list, cursor, text) else { continue };
            let (lists, known) = (&mut this.lists, &mut this.known);
            let (Some(pages), Some(known)) = (lists.get_mut(list as usize), known.get_mut(list as usize)) else {
                continue;
            };
            for (at, item) in page.items.iter().enumerate() {
                known.entry(item.name.clone()).or_insert((pages.len(), at));
            }
            pages.push(page);
        }
        this
    }

    pub(crate) fn pages(&self, list: List) -> &[Page] {
        self.lists.get(list as usize).map_or(&[], Vec::as_slice)
    }

    /// The page that the server gives for a cursor of its own.
    pub(crate) fn page(&self, list: List, cursor: Option<&str>) -> Option<&Page> {
        self.pages(list).iter().find(|page| page.cursor.as_deref() == cursor)
    }

    /// The items of a list; one that a server lists twice (a cursor that came again) counts where it stands first.
    pub(crate) fn items(&self, list: List) -> impl Iterator<Item = (&Page, &Item)> {
        let known = self.known.get(list as usize);
        let all =
            self.pages(list).iter().enumerate().flat_map(|(number, page)| {
                page.items.iter().enumerate().map(move |(at, item)| ((number, at), page, item))
            });
        let first = move |(place, _, item): &((usize, usize), &Page, &Item)| {
            known.and_then(|known| known.get(&item.name)) == Some(place)
        };
        all.filter(first).map(|(_, page, item)| (page, item))
    }

    pub(crate) fn has(&self, list: List, name: &str) -> bool {
        self.known.get(list as usize).is_some_and(|known| known.contains_key(name))
    }

    /// The definition of that name, as the server wrote it.
    pub(crate) fn text(&self, list: List, name: &str) -> Option<&str> {
        let (page, item) = self.known.get(list as usize)?.get(name)?;
        let page = self.pages(list).get(*page)?;
        Some(page.item_text(page.items.get(*item)?))
    }

    /// What the record tells of the definition of that name.
    pub(crate) fn definition(&self, list: List, name: &str) -> Option<Definition> {
        let (page, item) = self.known.get(list as usize)?.get(name)?;
        let page = self.pages(list).get(*page)?;
        let item = page.items.get(*item)?;
        *item.definition.get_or_init(|| definition::read(list == List::Tools, name, page.item_text(item)))
    }

    /// The names of a list, each once.
    pub(crate) fn names(&self, list: List) -> impl Iterator<Item = &str> {
        self.known.get(list as usize).into_iter().flat_map(|known| known.keys().map(String::as_str))
    }
}

impl Page {
    fn read(list: List, cursor: Option<String>, text: Bytes) -> Option<Self> {
        // What is stored was read within these bounds once already.
        let limits = Limits { bytes: text.len(), depth: 128, ..Limits::default() };
        let answer = Message::parse(text, Side::Server, &limits).ok()?;
        let array = answer.result()?.get(list.member()).filter(|array| array.is_array())?;
        let items = named(list, array);
        let array = array.range();
        Some(Self { cursor, array, items, answer })
    }

    pub(crate) fn item_text(&self, item: &Item) -> &str {
        let text = self.answer.bytes().get(item.range.clone()).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

/// The items of a list that have a name, and where they stand.
pub(crate) fn named(list: List, array: Value<'_>) -> Vec<Item> {
    let item = |item: Value<'_>| {
        let name = item.get(list.name_member())?.as_str()?.into_owned();
        Some(Item { name, range: item.range(), definition: OnceLock::new() })
    };
    array.items().filter_map(item).collect()
}

/// A catalogue that several sessions read.
pub(crate) type Shared = Arc<Catalogue>;
