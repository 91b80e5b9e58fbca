//! What a server said of itself and of what it offers, read from its stored answers for people to see. Read leniently:
//! an entry that cannot be read is counted and goes without a name. Nothing is judged by what is read here.

use peta_api::server::{About, CapabilityCounts};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A server's description of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) about: About,
    pub(crate) instructions: Option<String>,
}

/// The names of what a server offers, and how many there are of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) counts: CapabilityCounts,
    pub(crate) tools: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) templates: Vec<String>,
    pub(crate) prompts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Initialized<'a> {
    #[serde(borrow)]
    server_info: Option<&'a RawValue>,
    #[serde(borrow)]
    protocol_version: Option<&'a RawValue>,
    #[serde(borrow)]
    instructions: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Info<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    title: Option<&'a RawValue>,
    #[serde(borrow)]
    version: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Page<'a> {
    #[serde(borrow)]
    tools: Vec<&'a RawValue>,
    #[serde(borrow)]
    resources: Vec<&'a RawValue>,
    #[serde(borrow)]
    resource_templates: Vec<&'a RawValue>,
    #[serde(borrow)]
    prompts: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    result: Page<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    uri: Option<&'a RawValue>,
    #[serde(borrow)]
    uri_template: Option<&'a RawValue>,
}

/// Reads the result of `initialize`.
pub(crate) fn describe(result: &str) -> Description {
    let Ok(read) = serde_json::from_str::<Initialized<'_>>(result) else { return Description::default() };
    let info = read.server_info.and_then(|info| serde_json::from_str::<Info<'_>>(info.get()).ok());
    let of_info = |pick: fn(&Info<'_>) -> Option<String>| info.as_ref().and_then(pick);
    Description {
        about: About {
            name: of_info(|info| text(info.name)),
            title: of_info(|info| text(info.title)),
            version: of_info(|info| text(info.version)),
            protocol_version: text(read.protocol_version),
        },
        instructions: text(read.instructions),
    }
}

/// Reads the pages of a server's lists: its answers to `tools/list` and so on.
pub(crate) fn offer<'a>(answers: impl IntoIterator<Item = &'a str>) -> Offer {
    let mut offer = Offer::default();
    for answer in answers {
        let page = serde_json::from_str::<Answer<'_>>(answer).map(|answer| answer.result).unwrap_or_default();
        take(&page.tools, &mut offer.tools, &mut offer.counts.tools, |entry| entry.name);
        take(&page.resources, &mut offer.resources, &mut offer.counts.resources, |entry| entry.uri);
        take(&page.resource_templates, &mut offer.templates, &mut offer.counts.templates, |entry| entry.uri_template);
        take(&page.prompts, &mut offer.prompts, &mut offer.counts.prompts, |entry| entry.name);
    }
    offer
}

fn take(entries: &[&RawValue], names: &mut Vec<String>, count: &mut u64, name: fn(Entry<'_>) -> Option<&RawValue>) {
    *count += u64::try_from(entries.len()).unwrap_or(u64::MAX);
    names.extend(entries.iter().filter_map(|entry| text(name(serde_json::from_str(entry.get()).ok()?))));
}

/// A JSON string's text; nothing for what is no string.
fn text(raw: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(raw?.get()).ok()
}

#[cfg(test)]
mod tests;
