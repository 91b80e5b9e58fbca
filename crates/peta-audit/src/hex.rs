//! Bytes as lower-case hex digits, in JSON and elsewhere.

use serde::{Serialize, Serializer};

pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text())
    }
}

impl Hex<'_> {
    pub(crate) fn text(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |of: u8| DIGITS.get(usize::from(of & 15)).map_or('0', |digit| char::from(*digit));
        self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
    }
}
