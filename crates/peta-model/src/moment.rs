//! Points in time: microseconds since 1970, written as RFC 3339 in UTC with six decimals.
//! Nothing here reads a clock; whoever has one brings the number.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::Span;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// The text is no RFC 3339 time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time: write it as in RFC 3339, such as 2026-11-25T09:30:00Z")]
pub struct MomentError;

impl Moment {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This long after; stops at the end of time rather than wrapping.
    pub fn after(self, span: Span) -> Self {
        let micros = i64::try_from(span.as_millis()).unwrap_or(i64::MAX).saturating_mul(1_000);
        Self(self.0.saturating_add(micros))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Years 0 to 9999 are what RFC 3339 can write; a moment beyond is written as the nearest that can.
        const LATEST: i64 = 253_402_300_799_999_999;
        const EARLIEST: i64 = -62_167_219_200_000_000;
        let micros = self.0.clamp(EARLIEST, LATEST);
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).map_err(|_| fmt::Error)?;
        let (year, month, day) = at.to_calendar_date();
        let (hour, minute, second, micro) = at.to_hms_micro();
        let month = u8::from(month);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z")
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| MomentError)?.to_offset(UtcOffset::UTC);
        i64::try_from(at.unix_timestamp_nanos() / 1_000).map(Self).map_err(|_| MomentError)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
