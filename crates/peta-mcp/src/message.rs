//! One JSON-RPC message: its exact text, and where the envelope's parts stand in it.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;

use crate::{
    fault::Fault,
    id::RequestId,
    malformed::Malformed,
    method::Method,
    scan::{self, Limits, MemberSpans, Side},
    splice::Splice,
    value::Value,
};

/// A message that passed the scan; cheap to clone.
#[derive(Debug, Clone)]
pub struct Message {
    text: Bytes,
    kind: Kind,
    id: Option<(RequestId, Range<usize>)>,
    method: Option<Method>,
    /// `params` of a request or notification, `result` or `error` of a response.
    body: Option<Range<usize>>,
    failed: bool,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Request,
    Notification,
    Response,
}

impl Message {
    /// Reads one message. The text is kept as it is.
    pub fn parse(text: Bytes, from: Side, limits: &Limits) -> Result<Self, Malformed> {
        if text.len() > limits.bytes {
            return Err(Fault::TooLarge { limit: limits.bytes }.into());
        }
        simdutf8::basic::from_utf8(&text).map_err(|_| Fault::NotUtf8)?;
        let scanned = match scan::scan(&text, from, limits.depth) {
            Ok(scanned) => scanned,
            Err(broken) => {
                return Err(Malformed { fault: broken.fault, id: id_among(&text, &broken.members, limits) });
            }
        };
        let envelope = Envelope::read(&text, &scanned.members, limits);
        let id = || envelope.id.as_ref().ok().and_then(|id| id.as_ref().map(|(id, _)| id.clone()));
        if let Some(fault) = scanned.tolerable {
            return Err(Malformed { fault, id: id() });
        }
        let (kind, method, body, failed) = envelope.judge().map_err(|fault| Malformed { fault, id: id() })?;
        let id = envelope.id.map_err(Malformed::from)?;
        Ok(Self { kind, id, method, body, failed, text })
    }

    /// The exact text, for people and tests: its characters are looked at once more.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    pub fn bytes(&self) -> &Bytes {
        &self.text
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The id; a response may lack one if its request could not be read.
    pub fn id(&self) -> Option<&RequestId> {
        self.id.as_ref().map(|(id, _)| id)
    }

    pub fn method(&self) -> Option<&Method> {
        self.method.as_ref()
    }

    pub fn params(&self) -> Option<Value<'_>> {
        if self.kind == Kind::Response { None } else { self.body() }
    }

    pub fn result(&self) -> Option<Value<'_>> {
        if self.kind == Kind::Response && !self.failed { self.body() } else { None }
    }

    pub fn error(&self) -> Option<Value<'_>> {
        if self.kind == Kind::Response && self.failed { self.body() } else { None }
    }

    /// The message's own object.
    pub fn whole(&self) -> Value<'_> {
        Value::in_checked(&self.text, 0..self.text.len())
    }

    /// A splice over the text, with the id already set to be replaced.
    pub fn splice_id<'a>(&'a self, id_raw: impl Into<Cow<'a, str>>) -> Splice<'a> {
        let mut splice = Splice::new(&self.text);
        if let Some((_, range)) = &self.id {
            splice.replace(range.clone(), id_raw);
        }
        splice
    }

    fn body(&self) -> Option<Value<'_>> {
        self.body.clone().map(|range| Value::in_checked(&self.text, range))
    }
}

/// The texts of a batch (JSON-RPC 2.0; in MCP only at 2025-03-26), each to be parsed as a message of its own.
pub fn batch(text: &Bytes, limits: &Limits) -> Result<Vec<Bytes>, Malformed> {
    if text.len() > limits.bytes {
        return Err(Fault::TooLarge { limit: limits.bytes }.into());
    }
    simdutf8::basic::from_utf8(text).map_err(|_| Fault::NotUtf8)?;
    scan::scan(text, Side::Server, limits.depth.saturating_add(1)).map_err(|broken| broken.fault)?;
    let items = Value::in_checked(text, 0..text.len()).items();
    Ok(items.map(|item| text.slice(item.range())).collect())
}

type ReadId = Result<Option<(RequestId, Range<usize>)>, Fault>;

struct Envelope<'a> {
    version: Option<Value<'a>>,
    id: ReadId,
    null_id: bool,
    method: Option<Value<'a>>,
    params: Option<Value<'a>>,
    result: Option<Value<'a>>,
    error: Option<Value<'a>>,
    object: bool,
}

impl<'a> Envelope<'a> {
    fn read(text: &'a [u8], members: &[MemberSpans], limits: &Limits) -> Self {
        let object = text.trim_ascii_start().starts_with(b"{");
        let mut this = Self {
            version: None,
            id: Ok(None),
            null_id: false,
            method: None,
            params: None,
            result: None,
            error: None,
            object,
        };
        for (key, value) in members {
            let value = Value::in_checked(text, value.clone());
            match Value::in_checked(text, key.clone()).as_str().as_deref() {
                Some("jsonrpc") => this.version = Some(value),
                Some("method") => this.method = Some(value),
                Some("params") => this.params = Some(value),
                Some("result") => this.result = Some(value),
                Some("error") => this.error = Some(value),
                Some("id") if value.is_null() => this.null_id = true,
                Some("id") => this.id = RequestId::read(value, limits).map(|id| Some((id, value.range()))),
                _ => {}
            }
        }
        this
    }

    #[expect(clippy::type_complexity, reason = "the four parts of a message, read once, two lines above")]
    fn judge(&self) -> Result<(Kind, Option<Method>, Option<Range<usize>>, bool), Fault> {
        let no = |why| Err(Fault::NotAMessage(why));
        if !self.object {
            return no("a message is an object");
        }
        if self.version.and_then(Value::as_str).as_deref() != Some("2.0") {
            return no("`jsonrpc` must be \"2.0\"");
        }
        let id = self.id.as_ref().map_err(|fault| *fault)?;
        match (self.method, self.result, self.error) {
            (Some(method), None, None) => {
                let Some(method) = method.as_str() else { return no("`method` must be a string") };
                if self.null_id {
                    return Err(Fault::BadId { limit: 256 });
                }
                if self.params.is_some_and(|params| !params.is_object()) {
                    return no("`params` must be an object");
                }
                let kind = if id.is_some() { Kind::Request } else { Kind::Notification };
                Ok((kind, Some(Method::of(&method)), self.params.map(Value::range), false))
            }
            (None, Some(result), None) if id.is_some() => Ok((Kind::Response, None, Some(result.range()), false)),
            (None, None, Some(error)) if id.is_some() || self.null_id => {
                if !error.is_object() {
                    return no("`error` must be an object");
                }
                Ok((Kind::Response, None, Some(error.range()), true))
            }
            (None, None, None) => no("neither `method`, `result` nor `error`"),
            (None, ..) if id.is_none() => no("a response needs the id of its request"),
            _ => no("more than one of `method`, `result` and `error`"),
        }
    }
}

fn id_among(text: &[u8], members: &[MemberSpans], limits: &Limits) -> Option<RequestId> {
    let id = Envelope::read(text, members, limits).id;
    id.ok().flatten().map(|(id, _)| id)
}

#[cfg(test)]
mod tests;
