//! From columns to Peta's words. What does not fit is damage: nothing else writes this database.

use std::str::FromStr;

use peta_model::{Id, Moment};
use sqlx::{Row, sqlite::SqliteRow};

/// A row that is read from left to right.
pub(crate) struct Columns<'r> {
    row: &'r SqliteRow,
    at: usize,
}

impl<'r> Columns<'r> {
    pub(crate) fn of(row: &'r SqliteRow) -> Self {
        Self { row, at: 0 }
    }

    pub(crate) fn plain<T>(&mut self) -> Result<T, sqlx::Error>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        self.at += 1;
        self.row.try_get(self.at - 1)
    }

    pub(crate) fn id<Of>(&mut self) -> Result<Id<Of>, sqlx::Error> {
        self.maybe_id()?.ok_or_else(|| damaged("an identifier is missing"))
    }

    pub(crate) fn maybe_id<Of>(&mut self) -> Result<Option<Id<Of>>, sqlx::Error> {
        let bytes: Option<Vec<u8>> = self.plain()?;
        let id = bytes.map(<[u8; 16]>::try_from).transpose();
        id.map(|bytes| bytes.map(Id::from_bytes)).map_err(|_| damaged("an identifier has not 16 bytes"))
    }

    pub(crate) fn moment(&mut self) -> Result<Moment, sqlx::Error> {
        self.plain().map(Moment::from_micros)
    }

    pub(crate) fn maybe_moment(&mut self) -> Result<Option<Moment>, sqlx::Error> {
        self.plain::<Option<i64>>().map(|micros| micros.map(Moment::from_micros))
    }

    /// A number that is never negative.
    pub(crate) fn number(&mut self) -> Result<u64, sqlx::Error> {
        u64::try_from(self.plain::<i64>()?).map_err(|_| damaged("a number is negative"))
    }

    pub(crate) fn word<T: FromStr>(&mut self) -> Result<T, sqlx::Error> {
        self.maybe_word()?.ok_or_else(|| damaged("a word is missing"))
    }

    pub(crate) fn maybe_word<T: FromStr>(&mut self) -> Result<Option<T>, sqlx::Error> {
        let text: Option<String> = self.plain()?;
        text.map(|text| text.parse()).transpose().map_err(|_| damaged("a word is unknown"))
    }
}

/// Data that cannot have been written by Peta.
pub(crate) fn damaged(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}
