//! When something ends: a length of time from now, or a point in time.

use std::{borrow::Cow, fmt, str::FromStr};

use peta_model::{Moment, Span};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

/// When something ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// So long after it was asked for.
    After(Span),
    /// Then.
    At(Moment),
}

/// The text is neither a length nor a point of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryError(String);

impl Expiry {
    /// The point in time it means, asked at `now`.
    pub fn from(self, now: Moment) -> Moment {
        match self {
            Self::After(span) => now.after(span),
            Self::At(moment) => moment,
        }
    }
}

impl FromStr for Expiry {
    type Err = ExpiryError;

    fn from_str(text: &str) -> Result<Self, ExpiryError> {
        if let Ok(span) = text.parse() {
            return Ok(Self::After(span));
        }
        let shown = || text.chars().take(40).flat_map(char::escape_debug).collect();
        text.parse().map(Self::At).map_err(|_| ExpiryError(shown()))
    }
}

impl fmt::Display for ExpiryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is neither a length of time (30s, 15m, 12h, 30d) nor a time (2026-11-25T09:30:00Z)", self.0)
    }
}

impl std::error::Error for ExpiryError {}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(span) => span.fmt(f),
            Self::At(moment) => moment.fmt(f),
        }
    }
}

impl Serialize for Expiry {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Expiry {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("When something ends: a length of time from now (`30d`) or a time (RFC 3339)."))
            .examples(["30d", "2026-11-25T09:30:00Z"])
            .into()
    }
}

impl ToSchema for Expiry {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Expiry")
    }
}

#[cfg(test)]
mod tests;
