//! State as bytes, for the vault to seal: a version, then fields in a fixed order, each with its length.

use peta_model::Moment;
use zeroize::Zeroizing;

use super::{error::Error, scope::Scopes, secret::Secret};

/// No field is longer.
const FIELD: usize = 64 << 10;

/// Writes fields. The buffer grows, and what it leaves behind is wiped.
pub(super) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    pub(super) fn new(kind: u8, version: u8) -> Self {
        Self(Zeroizing::new(vec![kind, version]))
    }

    pub(super) fn bytes(mut self, field: &[u8]) -> Self {
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        let mut grown = Zeroizing::new(Vec::with_capacity(self.0.len() + 4 + field.len()));
        grown.extend_from_slice(&self.0);
        grown.extend_from_slice(&length.to_be_bytes());
        grown.extend_from_slice(field);
        self.0 = grown;
        self
    }

    pub(super) fn text(self, field: &str) -> Self {
        self.bytes(field.as_bytes())
    }

    /// One that may be absent: a byte says whether it is there.
    pub(super) fn maybe(self, field: Option<&str>) -> Self {
        match field {
            Some(text) => self.bytes(&[1]).text(text),
            None => self.bytes(&[0]),
        }
    }

    pub(super) fn number(self, field: i64) -> Self {
        self.bytes(&field.to_be_bytes())
    }

    pub(super) fn moment(self, field: Option<Moment>) -> Self {
        match field {
            Some(moment) => self.bytes(&[1]).number(moment.micros()),
            None => self.bytes(&[0]),
        }
    }

    pub(super) fn flag(self, field: bool) -> Self {
        self.bytes(&[u8::from(field)])
    }

    pub(super) fn scopes(self, field: Option<&Scopes>) -> Self {
        self.maybe(field.map(|scopes| scopes.join(" ")).as_deref())
    }

    pub(super) fn done(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

/// Reads them back in the same order.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], kind: u8, version: u8) -> Result<Self, Error> {
        bytes.strip_prefix(&[kind, version]).map(Self).ok_or(Error::BadBytes)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let (length, rest) = self.0.split_first_chunk::<4>().ok_or(Error::BadBytes)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (field, rest) = rest.split_at_checked(length).filter(|_| length <= FIELD).ok_or(Error::BadBytes)?;
        self.0 = rest;
        Ok(field)
    }

    pub(super) fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Error> {
        self.bytes()?.try_into().map_err(|_| Error::BadBytes)
    }

    pub(super) fn text(&mut self) -> Result<String, Error> {
        std::str::from_utf8(self.bytes()?).map(str::to_owned).map_err(|_| Error::BadBytes)
    }

    pub(super) fn secret(&mut self) -> Result<Secret, Error> {
        self.text().map(Secret::new)
    }

    pub(super) fn maybe<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<Option<T>, Error> {
        if self.flag()? { read(self).map(Some) } else { Ok(None) }
    }

    pub(super) fn flag(&mut self) -> Result<bool, Error> {
        match self.array::<1>()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Error::BadBytes),
        }
    }

    pub(super) fn moment(&mut self) -> Result<Moment, Error> {
        Ok(Moment::from_micros(i64::from_be_bytes(self.array()?)))
    }

    pub(super) fn scopes(&mut self) -> Result<Option<Scopes>, Error> {
        self.maybe(|reader| Ok(Scopes::read(&reader.text()?)))
    }

    pub(super) fn end(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::BadBytes) }
    }
}
