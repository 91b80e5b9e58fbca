//! Keeps a copy of what passes, or only its outline, up to a limit, however long it is and however it is cut into pieces:
//! the arguments of a request, or the `result` or `error` of an answer. It is for text that was checked: on other text what
//! it keeps is wrong, but nothing breaks.
//!
//! In an outline numbers, truth values, `null`, members and their names stand as they were; each text is replaced by one that
//! says how many characters it had: `"(24 characters)"`.

mod strings;

use strings::{Said, Strings};

/// A copy in the making.
#[derive(Debug)]
pub struct Tap {
    outline: bool,
    limit: usize,
    kept: Vec<u8>,
    /// Bytes of the value as it passed.
    length: u64,
    /// What would have been kept without a limit, in bytes.
    due: u64,
    /// Where the value is in what passes; none: it is all of it.
    envelope: Option<Envelope>,
    strings: Strings,
}

/// What was kept of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tapped {
    pub text: String,
    /// How long the value was, in bytes.
    pub length: u64,
    /// There was more than the limit.
    pub cut: bool,
}

/// How far an answer has been read.
#[derive(Debug)]
struct Envelope {
    depth: u32,
    /// The key that stands last at the level of `result` and `error`.
    key: Vec<u8>,
    inside: bool,
    done: bool,
}

/// Of a key so many bytes are looked at: more than `result` has.
const KEY: usize = 8;

impl Tap {
    /// Of one value: what is pushed is all of it.
    pub fn of_value(outline: bool, limit: usize) -> Self {
        let (kept, strings) = (Vec::new(), Strings::default());
        Self { outline, limit, kept, length: 0, due: 0, envelope: None, strings }
    }

    /// Of the `result` or `error` in an answer.
    pub fn of_answer(outline: bool, limit: usize) -> Self {
        let envelope = Envelope { depth: 0, key: Vec::new(), inside: false, done: false };
        Self { envelope: Some(envelope), ..Self::of_value(outline, limit) }
    }

    /// Takes in the next piece of the text.
    pub fn push(&mut self, piece: &[u8]) {
        if !self.outline && self.envelope.is_none() {
            self.length += piece.len() as u64;
            self.keep(piece);
            return;
        }
        for byte in piece {
            let said = self.strings.read(*byte);
            if self.is_within(*byte, &said) {
                self.length += 1;
                if self.outline { self.keep_outline(*byte, said) } else { self.keep(&[*byte]) }
            }
        }
    }

    /// What was kept; none if there was no such value.
    pub fn finish(self) -> Option<Tapped> {
        if self.length == 0 {
            return None;
        }
        let mut kept = self.kept;
        let cut = self.due > kept.len() as u64;
        // A character that the limit went through is left out.
        let whole = std::str::from_utf8(&kept).map_or_else(|error| error.valid_up_to(), str::len);
        kept.truncate(whole);
        Some(Tapped { text: String::from_utf8(kept).ok()?, length: self.length, cut })
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.due += bytes.len() as u64;
        let room = self.limit.saturating_sub(self.kept.len());
        self.kept.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
    }

    fn keep_outline(&mut self, byte: u8, said: Said) {
        match said {
            Said::Plain | Said::Key => self.keep(&[byte]),
            Said::Space | Said::Text => {}
            Said::TextEnds(characters) => {
                let of = if characters == 1 { "" } else { "s" };
                self.keep(format!("\"({characters} character{of})\"").as_bytes());
            }
        }
    }

    /// Whether the byte belongs to the value.
    fn is_within(&mut self, byte: u8, said: &Said) -> bool {
        let Some(envelope) = &mut self.envelope else { return true };
        if envelope.done {
            return false;
        }
        match (byte, said) {
            (b'{' | b'[', Said::Plain) => envelope.depth += 1,
            (b'}' | b']', Said::Plain) => envelope.depth = envelope.depth.saturating_sub(1),
            _ => {}
        }
        if envelope.inside {
            // Back on the level of its key: with the closing brace it has ended, but of a bare value not before.
            let ended = envelope.depth == 0 || (envelope.depth == 1 && (byte, said) == (b',', &Said::Plain));
            envelope.done = ended;
            let between = envelope.depth == 1 && *said == Said::Space;
            return !(ended || between);
        }
        match said {
            Said::Key if envelope.depth == 1 && envelope.key.len() < KEY => envelope.key.push(byte),
            Said::Plain if envelope.depth == 1 && byte == b':' => {
                envelope.inside = matches!(envelope.key.as_slice(), b"\"result\"" | b"\"error\"");
                envelope.key.clear();
            }
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests;
