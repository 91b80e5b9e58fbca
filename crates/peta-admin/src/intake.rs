//! What a request brings, read into the types of its endpoint: the query string and the JSON body. Bounded, JSON only,
//! and a field that is wrong is named.

use axum::{body::Body, extract::Query as Urlencoded};
use http::{HeaderMap, Uri, header};
use http_body::Body as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use peta_api::route::{Body as Json, Query};
use serde::de::DeserializeOwned;

use crate::problem::Fault;

/// The query string as `Q`. An endpoint that takes none refuses one.
pub(crate) fn query<Q: Query>(uri: &Uri) -> Result<Q, Fault> {
    if Q::params().is_empty() {
        return match uri.query() {
            None | Some("") => nothing(),
            Some(_) => Err(Fault::bad_body("this operation takes no query string")),
        };
    }
    Urlencoded::try_from_uri(uri).map(|Urlencoded(query)| query).map_err(|error| {
        let text = error.body_text();
        let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
        match text.split_once(": ").filter(|(path, _)| is_path(path)) {
            Some((path, why)) => Fault::bad_field(path, why),
            None => at_field("", text),
        }
    })
}

/// The body as `B`. No body at all counts as `{}`.
pub(crate) async fn body<B: Json>(headers: &HeaderMap, body: Body, limit: usize) -> Result<B, Fault> {
    if B::NONE {
        return nothing();
    }
    let empty = body.is_end_stream() || body.size_hint().exact() == Some(0);
    let nothing_sent = empty && !headers.contains_key(header::CONTENT_TYPE);
    if !nothing_sent && !is_json(headers) {
        return Err(Fault::media_type());
    }
    let read = Limited::new(body, limit).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { Fault::too_large(limit) } else { Fault::bad_body("the body broke off") }
    })?;
    let bytes = read.to_bytes();
    parse(if bytes.is_empty() { b"{}" } else { &bytes })
}

/// Reads JSON; what is wrong names its field.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_data() { at_field(&path, &error.to_string()) } else { Fault::bad_body(not_json(&error)) }
    })?;
    reader.end().map_err(|error| Fault::bad_body(not_json(&error)))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> String {
    format!("the body is not JSON: line {}, column {}", error.line(), error.column())
}

/// A fault about the field that serde names by path, or in its text. What a text of serde quotes is the asker's own,
/// but where a secret may stand (values of environment variables too) nothing is quoted at all.
fn at_field(path: &str, why: &str) -> Fault {
    let why = why.rsplit_once(" at line ").map_or(why, |(why, _)| why);
    let quoted = || {
        ["missing field `", "unknown field `", "duplicate field `"]
            .iter()
            .find_map(|start| Some(why.strip_prefix(start)?.split_once('`')?.0.to_owned()))
    };
    if path.starts_with("env") {
        return Fault::bad_field(path, "environment variables are written as {\"NAME\": \"VALUE\"}, both texts");
    }
    if is_secret(path) {
        return Fault::bad_field(path, "a secret is written as a text");
    }
    if path.starts_with("delivery") && !["missing", "unknown field", "duplicate"].iter().any(|it| why.starts_with(it)) {
        let why = "a delivery is one of {\"header\": {\"name\": …, \"template\": …}}, {\"basic\": {\"user\": …}}, \
                   {\"query\": …}, {\"cookie\": …}, {\"env\": …}, {\"fd\": …}, {\"file\": …}";
        return Fault::bad_field(path, why);
    }
    match quoted().or_else(|| Some(path.to_owned()).filter(|path| !path.is_empty() && path != ".")) {
        Some(field) => Fault::bad_field(field, why),
        None => Fault::bad_body(why),
    }
}

fn is_secret(path: &str) -> bool {
    matches!(path, "secret" | "passphrase" | "canary")
}

fn is_path(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'[' | b']'))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// The value of a type that needs none: `()`.
fn nothing<T: DeserializeOwned>() -> Result<T, Fault> {
    serde_json::from_value(serde_json::Value::Null).map_err(|error| Fault::failed(&error))
}

#[cfg(test)]
mod tests;
