//! JSON on one line: what would end a line, turn its direction or hide in it stands as `\uXXXX`, which a reader of JSON
//! takes for the same text.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::shown::is_tricky;

/// Writes a value as one line of JSON that shows all that it holds.
pub fn json<T: Serialize + ?Sized>(value: &T) -> String {
    let mut line = Vec::new();
    // Neither writing to memory fails, nor what is written here: events and values of JSON.
    let done = value.serialize(&mut Serializer::with_formatter(&mut line, Plain));
    done.ok().and_then(|()| String::from_utf8(line).ok()).unwrap_or_default()
}

struct Plain;

impl Formatter for Plain {
    fn write_string_fragment<W: io::Write + ?Sized>(&mut self, to: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(is_tricky) {
            let (plain, from) = rest.split_at(at);
            to.write_all(plain.as_bytes())?;
            let mut after = from.chars();
            if let Some(c) = after.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(to, "\\u{unit:04x}")?;
                }
            }
            rest = after.as_str();
        }
        to.write_all(rest.as_bytes())
    }

    /// A piece of JSON that was kept as text. Between its tokens there may be line ends, which mean nothing; what else is
    /// escaped here can only stand within a string.
    fn write_raw_fragment<W: io::Write + ?Sized>(&mut self, to: &mut W, text: &str) -> io::Result<()> {
        for piece in text.split(['\n', '\r', '\t']) {
            self.write_string_fragment(to, piece)?;
        }
        Ok(())
    }
}
