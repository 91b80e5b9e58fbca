//! What was said in a call, if somebody wants it kept: its arguments, and its result. It never stands in an event. Each is
//! sealed under the key of whom the event concerns, in a file beside the record; the event's entry holds a commitment to it.

use std::fmt;

use crate::private::SALT;

/// One of the two, as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    pub form: Form,
    /// How long it was as it was said, in bytes.
    pub length: u64,
    /// It was longer than may be kept: the text is its beginning.
    pub cut: bool,
    /// JSON, unless it was cut.
    pub text: String,
}

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Structure, names, numbers and truth values; of each text its length.
    Redacted,
    Full,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PayloadPart {
    Arguments,
    Result,
}

const CUT: &str = " cut";

impl PayloadPart {
    pub const ALL: [Self; 2] = [Self::Arguments, Self::Result];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Arguments => "arguments",
            Self::Result => "result",
        }
    }

    /// In files, and in what is authenticated.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Arguments => 1,
            Self::Result => 2,
        }
    }
}

impl Form {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Redacted => "redacted",
            Self::Full => "full",
        }
    }
}

impl Payload {
    /// The salt, a line that says what follows, and the text: what is sealed and committed to.
    pub fn to_bytes(&self, salt: &[u8; SALT]) -> Vec<u8> {
        let Self { form, length, cut, text } = self;
        let line = format!("{} {length}{}\n", form.word(), if *cut { CUT } else { "" });
        [&salt[..], line.as_bytes(), text.as_bytes()].concat()
    }

    /// The way back.
    pub fn read(bytes: &[u8]) -> Option<([u8; SALT], Self)> {
        let (salt, said) = bytes.split_first_chunk()?;
        let (line, text) = std::str::from_utf8(said).ok()?.split_once('\n')?;
        let (line, cut) = line.strip_suffix(CUT).map_or((line, false), |line| (line, true));
        let (word, length) = line.split_once(' ')?;
        let form = [Form::Redacted, Form::Full].into_iter().find(|form| form.word() == word)?;
        Some((*salt, Self { form, length: length.parse().ok()?, cut, text: text.to_owned() }))
    }
}

impl fmt::Debug for Payload {
    /// Without what was said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({}, {} bytes)", self.form.word(), self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private::commitment;

    #[test]
    fn what_is_committed_to_is_read_again() {
        for (form, cut, text, line) in [
            (Form::Full, false, r#"{"a":1}"#, "full 9\n"),
            (Form::Full, true, "{\"a\n", "full 9 cut\n"),
            (Form::Redacted, false, "", "redacted 9\n"),
        ] {
            let payload = Payload { form, length: 9, cut, text: text.to_owned() };
            let bytes = payload.to_bytes(&[7; SALT]);
            assert_eq!(bytes, [&[7; SALT][..], line.as_bytes(), text.as_bytes()].concat());
            assert_eq!(Payload::read(&bytes), Some(([7; SALT], payload.clone())));
            assert_ne!(commitment(&bytes), commitment(&payload.to_bytes(&[8; SALT])));
            assert!(!format!("{payload:?}").contains('{'));
        }
        for other in
            [&b""[..], &[0; SALT], &[&[0; SALT][..], b"half 9\n{}"].concat(), &[&[0; SALT][..], b"full x\n"].concat()]
        {
            assert_eq!(Payload::read(other), None);
        }
    }
}
