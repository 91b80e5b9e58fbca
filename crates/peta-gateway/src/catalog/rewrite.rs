//! Answers on their way to the agent: the agent's own id, and on the aggregate endpoint the URIs as the agent knows
//! them, in the places where the protocol has URIs and nowhere else.

use bytes::Bytes;
use peta_mcp::{Message, Method, Splice, Value, write};
use peta_model::{Code, Slug};

use super::names;
use crate::{
    config::Prefix,
    hub::Hub,
    refuse::{Refusal, rpc},
    session::{Session, audience::Audience, held::Held},
};

/// The server's answer as the agent reads it.
pub(crate) fn answer(
    hub: &Hub,
    session: &Session,
    held: &Held,
    request: &Message,
    answer: &Message,
) -> Result<Bytes, Refusal> {
    answer_with(hub, session, held, request, answer, |_| {})
}

/// The same, with further changes.
pub(crate) fn answer_with<'a>(
    hub: &Hub,
    session: &Session,
    held: &Held,
    request: &'a Message,
    answer: &'a Message,
    more: impl FnOnce(&mut Splice<'a>),
) -> Result<Bytes, Refusal> {
    let id = request.id().map_or("null", |id| id.raw());
    let mut splice = answer.splice_id(id);
    if let Some(error) = answer.error() {
        url_elicitations(session, held, error, &mut splice)?;
    }
    if rewrites(hub, session) {
        match (request.method().map(Method::as_str), answer.result(), answer.error()) {
            (_, None, Some(error)) => uri(&held.slug, error.at(&["data", "uri"]), &mut splice),
            // What a task ends with is the result of a tool.
            (Some(Method::TOOLS_CALL | Method::TASKS_RESULT), Some(result), _) => {
                contents(&held.slug, result.get("content"), &mut splice);
                ui(&held.slug, result, &mut splice);
            }
            (Some(Method::PROMPTS_GET), Some(result), _) => {
                for message in result.get("messages").into_iter().flat_map(Value::items) {
                    content(&held.slug, message.get("content"), &mut splice);
                }
            }
            (Some(Method::RESOURCES_READ), Some(result), _) => {
                // Who asked by the server's own URI, as a page of an app does, is answered by it.
                let asked = request.params().and_then(|params| params.get("uri")).and_then(Value::as_str);
                for content in result.get("contents").into_iter().flat_map(Value::items) {
                    let own = content.get("uri");
                    uri(&held.slug, own.filter(|own| own.as_str() != asked), &mut splice);
                }
            }
            _ => {}
        }
    }
    more(&mut splice);
    Ok(splice.finish())
}

/// Whether URIs are rewritten for this session.
pub(crate) fn rewrites(hub: &Hub, session: &Session) -> bool {
    session.is_aggregate() && hub.config.prefix != Prefix::Never
}

/// Puts the agent's form of a URI in place of the server's.
pub(crate) fn uri(slug: &Slug, value: Option<Value<'_>>, splice: &mut Splice<'_>) {
    let Some(value) = value else { return };
    if let Some(own) = value.as_str() {
        splice.replace(value.range(), write::string(&names::uri_out(slug, &own)));
    }
}

fn contents(slug: &Slug, array: Option<Value<'_>>, splice: &mut Splice<'_>) {
    for item in array.into_iter().flat_map(Value::items) {
        content(slug, Some(item), splice);
    }
}

fn content(slug: &Slug, item: Option<Value<'_>>, splice: &mut Splice<'_>) {
    let Some(item) = item else { return };
    match item.get("type").and_then(Value::as_str).as_deref() {
        Some("resource_link") => uri(slug, item.get("uri"), splice),
        Some("resource") => uri(slug, item.at(&["resource", "uri"]), splice),
        _ => {}
    }
}

fn ui(slug: &Slug, result: Value<'_>, splice: &mut Splice<'_>) {
    uri(slug, result.at(&["_meta", "ui", "resourceUri"]), splice);
    uri(slug, result.at(&["_meta", "ui/resourceUri"]), splice);
}

/// `-32042` asks the agent to have pages opened. On the aggregate the ids are told apart by server; an agent that never
/// said it can open pages gets a plain error instead (EL5).
fn url_elicitations(session: &Session, held: &Held, error: Value<'_>, splice: &mut Splice<'_>) -> Result<(), Refusal> {
    if error.get("code").and_then(Value::as_i64) != Some(rpc::URL_ELICITATION) {
        return Ok(());
    }
    if !session.features().elicitation_url {
        let text = "The server wants a page opened, and this agent did not declare that it can do so";
        return Err(Refusal::failure(Code::NEEDS_URL_ELICITATION, text));
    }
    for item in error.at(&["data", "elicitations"]).into_iter().flat_map(Value::items) {
        elicitation_id(session, &held.audience, item, splice);
    }
    Ok(())
}

/// Notes whose a URL elicitation is, and tells ids of several servers apart on the aggregate.
pub(crate) fn elicitation_id(session: &Session, audience: &Audience, of: Value<'_>, splice: &mut Splice<'_>) {
    let Some(value) = of.get("elicitationId") else { return };
    let Some(id) = value.as_str() else { return };
    audience.note_elicitation(&id, session.number);
    if session.is_aggregate() {
        splice.replace(value.range(), write::string(&format!("{}:{id}", audience.slug)));
    }
}
