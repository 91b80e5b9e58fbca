//! Reading inside a message without decoding it: a value is a span of its text. Everything here works on text that
//! [`crate::scan`] has let through; on other text the answers are wrong but nothing breaks.

use std::{borrow::Cow, ops::Range};

use crate::{
    fault::Fault,
    scan::{self, Limits, Side},
    text,
};

/// One JSON value, as it stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'a> {
    text: &'a [u8],
    start: usize,
    end: usize,
}

/// A member's key, as it stands in its text.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a>(Value<'a>);

impl<'a> Value<'a> {
    /// Reads a free-standing JSON text; it is checked first.
    pub fn of(text: &'a str) -> Result<Self, Fault> {
        scan::scan(text.as_bytes(), Side::Server, Limits::default().depth * 2).map_err(|broken| broken.fault)?;
        Ok(Self::in_checked(text.as_bytes(), 0..text.len()))
    }

    /// A span of a text that was checked before.
    pub(crate) fn in_checked(text: &'a [u8], range: Range<usize>) -> Self {
        let start = text::skip_space(text, range.start);
        let end = range.start + text.get(range.clone()).unwrap_or_default().trim_ascii_end().len();
        Self { text, start, end: end.max(start) }
    }

    /// The value as written.
    pub fn raw(self) -> &'a str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// The value as written, without a look at its characters: they were checked when the message was read.
    pub fn bytes(self) -> &'a [u8] {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    /// Where it stands in the text it was read from.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    pub fn is_object(self) -> bool {
        self.first() == Some(b'{')
    }

    pub fn is_array(self) -> bool {
        self.first() == Some(b'[')
    }

    pub fn is_string(self) -> bool {
        self.first() == Some(b'"')
    }

    pub fn is_null(self) -> bool {
        self.first() == Some(b'n')
    }

    pub fn is_number(self) -> bool {
        matches!(self.first(), Some(b'-' | b'0'..=b'9'))
    }

    /// What a string says; `None` for anything else, and for a string that holds half a character.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        if self.is_string() { text::unescape(self.raw()).ok() } else { None }
    }

    pub fn as_u64(self) -> Option<u64> {
        self.raw().parse().ok()
    }

    pub fn as_i64(self) -> Option<i64> {
        self.raw().parse().ok()
    }

    pub fn as_f64(self) -> Option<f64> {
        if self.is_number() { self.raw().parse().ok() } else { None }
    }

    pub fn as_bool(self) -> Option<bool> {
        match self.bytes() {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// The member of that name, if this is an object that has one.
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        self.members().find(|(key, _)| key.is(name)).map(|(_, value)| value)
    }

    /// Follows names inwards.
    pub fn at(self, path: &[&str]) -> Option<Value<'a>> {
        path.iter().try_fold(self, |value, name| value.get(name))
    }

    /// The members of an object, in order; nothing for anything else.
    pub fn members(self) -> Members<'a> {
        Members(Walk::into(self, b'{'))
    }

    /// The items of an array, in order; nothing for anything else.
    pub fn items(self) -> Items<'a> {
        Items(Walk::into(self, b'['))
    }

    fn first(self) -> Option<u8> {
        self.text.get(self.start).copied()
    }
}

impl<'a> Key<'a> {
    pub fn is(self, name: &str) -> bool {
        let raw = self.0.bytes();
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
        inner == name.as_bytes() || (memchr::memchr(b'\\', inner).is_some() && self.name() == name)
    }

    pub fn name(self) -> Cow<'a, str> {
        text::unescape(self.0.raw()).unwrap_or(Cow::Borrowed(self.0.raw()))
    }

    pub fn range(self) -> Range<usize> {
        self.0.range()
    }
}

/// Iterates the members of an object.
#[derive(Debug, Clone)]
pub struct Members<'a>(Walk<'a>);

/// Iterates the items of an array.
#[derive(Debug, Clone)]
pub struct Items<'a>(Walk<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (Key<'a>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.0.value()?;
        self.0.step_over(b':');
        let value = self.0.value()?;
        self.0.step_over(b',');
        Some((Key(key), value))
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let value = self.0.value()?;
        self.0.step_over(b',');
        Some(value)
    }
}

#[derive(Debug, Clone)]
struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Walk<'a> {
    fn into(value: Value<'a>, bracket: u8) -> Self {
        let inside = value.first() == Some(bracket) && value.end > value.start;
        let end = if inside { value.end - 1 } else { value.start };
        Self { text: value.text, at: (value.start + 1).min(end), end }
    }

    fn value(&mut self) -> Option<Value<'a>> {
        let start = text::skip_space(self.text, self.at);
        if start >= self.end {
            return None;
        }
        let end = text::value_end(self.text, start).min(self.end);
        self.at = end;
        (end > start).then_some(Value { text: self.text, start, end })
    }

    fn step_over(&mut self, mark: u8) {
        let at = text::skip_space(self.text, self.at);
        if self.text.get(at) == Some(&mark) {
            self.at = at + 1;
        }
    }
}

#[cfg(test)]
mod tests;
