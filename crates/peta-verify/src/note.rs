//! Signed notes of C2SP signed-note: a text, an empty line, and a line for each signature. A signature of a key that nobody
//! asked about is passed over; one of a key that was asked about and does not fit is an error, for somebody changed
//! something.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::key::{KeyId, Signer, Verifier};

/// No note has more: what is longer is not read.
const LONGEST: usize = 1 << 20;
const MOST: usize = 100;
const DASH: &str = "— ";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// A line below a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub name: String,
    pub key: KeyId,
    pub bytes: Vec<u8>,
}

/// A text is no note, or not one of this key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoNote {
    #[error("a note is a text, an empty line and signatures, each line with its end, without control characters")]
    Form,
    #[error("line {0} of the signatures is none")]
    Line(usize),
    #[error("a note has at most {MOST} signatures")]
    TooMany,
    #[error("there is no signature of {name} ({id})")]
    Unsigned { name: String, id: KeyId },
    #[error("the signature of {name} ({id}) is not of this text")]
    Forged { name: String, id: KeyId },
}

impl Note {
    /// Of a text that ends with a line's end.
    pub fn new(text: &str) -> Result<Self, NoNote> {
        let good = text.len() <= LONGEST && text.ends_with('\n') && !text.chars().any(is_foreign);
        good.then(|| Self { text: text.to_owned(), signatures: Vec::new() }).ok_or(NoNote::Form)
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds this key's signature; `now` in seconds.
    pub fn sign(&mut self, by: &Signer, now: u64) {
        let (name, key) = (by.verifier().name().to_owned(), by.verifier().id());
        self.signatures.retain(|other| (&other.name, other.key) != (&name, key));
        self.signatures.push(Signature { name, key, bytes: by.sign(&self.text, now) });
    }

    /// Takes in this key's signature out of lines that somebody else sent; those of other keys are passed over. For a
    /// cosignature, with the time in seconds that it vouches for.
    pub fn take_in(&mut self, lines: &str, of: &Verifier) -> Result<Option<u64>, NoNote> {
        let more: Self = format!("{}\n{lines}", self.text).parse()?;
        self.take_in_from(&more, of)
    }

    /// Takes in this key's signature of the same text from another note.
    pub fn take_in_from(&mut self, other: &Self, of: &Verifier) -> Result<Option<u64>, NoNote> {
        let time = Self { text: self.text.clone(), ..other.clone() }.check(of)?;
        let theirs = |signature: &Signature| signature.name == of.name() && signature.key == of.id();
        self.signatures.retain(|known| !theirs(known));
        self.signatures.extend(other.signatures.iter().filter(|signature| theirs(signature)).cloned());
        Ok(time)
    }

    /// Whether this key signed it. For a cosignature, with the time in seconds that it vouches for.
    pub fn check(&self, by: &Verifier) -> Result<Option<u64>, NoNote> {
        let (name, id) = (by.name(), by.id());
        let mut of =
            self.signatures.iter().filter(|signature| signature.name == name && signature.key == id).peekable();
        if of.peek().is_none() {
            return Err(NoNote::Unsigned { name: name.to_owned(), id });
        }
        let mut time = None;
        for signature in of {
            time = by.check(&self.text, &signature.bytes).ok_or(NoNote::Forged { name: name.to_owned(), id })?;
        }
        Ok(time)
    }
}

impl FromStr for Note {
    type Err = NoNote;

    fn from_str(text: &str) -> Result<Self, NoNote> {
        // The last empty line: the text may have some of its own.
        let at = text.rfind("\n\n").ok_or(NoNote::Form)?;
        let (said, signed) = (text.get(..=at).unwrap_or_default(), text.get(at + 2..).unwrap_or_default());
        if text.len() > LONGEST || !signed.ends_with('\n') || text.chars().any(is_foreign) {
            return Err(NoNote::Form);
        }
        let mut note = Self::new(said)?;
        for (number, line) in signed.lines().enumerate() {
            if number == MOST {
                return Err(NoNote::TooMany);
            }
            note.signatures.push(signature(line).ok_or(NoNote::Line(number + 1))?);
        }
        Ok(note)
    }
}

fn signature(line: &str) -> Option<Signature> {
    let (name, bytes) = line.strip_prefix(DASH)?.split_once(' ')?;
    let bytes = STANDARD.decode(bytes).ok()?;
    let (key, bytes) = bytes.split_first_chunk::<4>()?;
    let good = !name.is_empty() && !name.contains('+') && !bytes.is_empty();
    good.then(|| Signature { name: name.to_owned(), key: KeyId(*key), bytes: bytes.to_vec() })
}

/// A note is text in lines.
const fn is_foreign(c: char) -> bool {
    c != '\n' && (c < ' ' || c == '\u{7f}')
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|Signature { name, key, bytes }| {
            writeln!(f, "{DASH}{name} {}", STANDARD.encode([key.0.as_slice(), bytes].concat()))
        })
    }
}

#[cfg(test)]
mod tests;
