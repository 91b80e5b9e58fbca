//! Draining a server's lists: all pages of each, with guards against lists that never end.

use std::collections::HashSet;

use peta_mcp::{Message, Method, write};
use peta_model::Code;

use crate::{
    config::Bounds,
    fault::{Executed, LostWhy},
    line::Line,
};

/// A kind of list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListKind {
    Tools,
    Prompts,
    Resources,
    Templates,
}

/// One page, as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedPage {
    pub list: ListKind,
    /// The cursor it was asked for with; `None` for the first.
    pub cursor: Option<String>,
    /// The whole answer, as written: a list shown on a server's own endpoint is shown byte for byte.
    pub answer: String,
}

/// A drained list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) pages: Vec<LearnedPage>,
    /// Why it may not be whole.
    pub(crate) warning: Option<String>,
}

impl ListKind {
    pub const ALL: [Self; 4] = [Self::Tools, Self::Prompts, Self::Resources, Self::Templates];

    pub const fn method(self) -> &'static str {
        match self {
            Self::Tools => Method::TOOLS_LIST,
            Self::Prompts => Method::PROMPTS_LIST,
            Self::Resources => Method::RESOURCES_LIST,
            Self::Templates => Method::TEMPLATES_LIST,
        }
    }

    /// The member of the result that holds the items.
    pub const fn member(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
        }
    }

    /// A word for it, as the store keeps it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Templates => "templates",
            other => other.member(),
        }
    }
}

/// Asks for page after page.
pub(crate) async fn drain(line: &Line, list: ListKind, bounds: &Bounds) -> Result<Listed, LostWhy> {
    let mut listed = Listed { pages: Vec::new(), warning: None };
    let mut seen = HashSet::new();
    let (mut cursor, mut items) = (None::<String>, 0);
    loop {
        let params = cursor.as_deref().map(|cursor| format!(r#"{{"cursor":{}}}"#, write::string(cursor)));
        let answer = line.ask(list.method(), params.as_deref()).await?;
        let (count, next) = page(&answer, list)?;
        items += count;
        listed.pages.push(LearnedPage { list, cursor, answer: answer.text().to_owned() });
        let Some(next) = next else { return Ok(listed) };
        let word = list.word();
        listed.warning = if !seen.insert(next.clone()) {
            Some(format!("the list of {word} was cut: a cursor came twice"))
        } else if listed.pages.len() >= bounds.pages {
            Some(format!("the list of {word} was cut after {} pages", bounds.pages))
        } else if items >= bounds.items {
            Some(format!("the list of {word} was cut after {items} items"))
        } else {
            None
        };
        if listed.warning.is_some() {
            return Ok(listed);
        }
        cursor = Some(next);
    }
}

/// How many items a page holds, and the cursor of the next.
fn page(answer: &Message, list: ListKind) -> Result<(usize, Option<String>), LostWhy> {
    let bad = |text: String| LostWhy::new(Code::SERVER_GARBAGE, Executed::Maybe, text);
    let word = list.word();
    let result = answer.result().ok_or_else(|| bad(format!("the server refused to list its {word}")))?;
    let items = result.get(list.member()).filter(|items| items.is_array());
    let items = items.ok_or_else(|| bad(format!("the server's list of {word} holds no list")))?;
    let next = result.get("nextCursor").and_then(|next| next.as_str()).map(std::borrow::Cow::into_owned);
    Ok((items.items().count(), next))
}
