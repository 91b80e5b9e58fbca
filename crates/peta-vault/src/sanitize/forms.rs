//! All forms in which a secret may come back. They are plaintext: made when a secret is stored, fingerprinted at once,
//! and wiped.
//!
//! Every form begins and ends at whole characters, so that what is cut out of a text leaves a text.

mod encode;
mod kind;
mod leaves;
mod strength;

use zeroize::Zeroizing;

pub use kind::{Class, FormKind};
pub use strength::Weak;

/// A longer secret is no credential that a server is handed.
pub const LONGEST_SECRET: usize = 64 << 10;

/// A secret over this length is looked for in pieces: who echoes a long one mostly echoes a part.
const WHOLE: usize = 256;
/// Bytes of a piece, and how far the next begins behind it: they overlap, so that their encodings, which leave out a
/// character at the edges, leave no gaps.
const PIECE: usize = 64;
const STRIDE: usize = 60;
/// The shortest form that is looked for inside of texts, and the shortest that has a window of its own length to be
/// found by.
const SHORTEST: usize = 8;
const LONG: usize = 16;

/// What is to be stored, and how it is sent.
#[derive(Clone, Copy)]
pub struct Secret<'a> {
    pub bytes: &'a [u8],
    /// Of basic authentication.
    pub user: Option<&'a str>,
    /// The header's value as it is sent, with `{secret}` or `{basic}` where the secret or its pair stands.
    pub header: Option<&'a str>,
}

/// One form. It cannot be printed or copied by accident.
pub struct Form {
    bytes: Zeroizing<Vec<u8>>,
    kind: FormKind,
    class: Class,
    /// Quotes around it, which stay.
    quoted: bool,
}

/// The forms of a secret, and what whoever stores it should be told.
pub struct Forms {
    list: Vec<Form>,
    weak: Option<Weak>,
}

/// Why no forms can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("the secret is empty")]
    Empty,
    #[error("the secret is longer than {LONGEST_SECRET} bytes")]
    TooLong,
}

/// Makes them.
pub fn forms(secret: &Secret<'_>) -> Result<Forms, Unfit> {
    match secret.bytes.len() {
        0 => return Err(Unfit::Empty),
        1..=LONGEST_SECRET => {}
        _ => return Err(Unfit::TooLong),
    }
    let mut made = Maker { list: Vec::new() };
    let weak = strength::weak(secret.bytes);
    let leaves = leaves::of(secret.bytes);
    for leaf in &leaves {
        made.unit(leaf);
    }
    if leaves.is_empty() || secret.bytes.len() <= WHOLE {
        made.unit(secret.bytes);
    }
    made.sent(secret, weak.is_some());
    Ok(Forms { list: made.finish(), weak })
}

impl Forms {
    pub fn iter(&self) -> std::slice::Iter<'_, Form> {
        self.list.iter()
    }

    /// What whoever stores the secret is to be told.
    pub fn weak(&self) -> Option<Weak> {
        self.weak
    }
}

impl Form {
    /// The form itself, for its fingerprint.
    pub fn reveal(&self) -> &[u8] {
        &self.bytes
    }

    pub fn kind(&self) -> FormKind {
        self.kind
    }

    pub fn class(&self) -> Class {
        self.class
    }

    pub fn is_quoted(&self) -> bool {
        self.quoted
    }
}

struct Maker {
    list: Vec<Form>,
}

impl Maker {
    /// A secret or a leaf of one: whole, or in pieces.
    fn unit(&mut self, unit: &[u8]) {
        if unit.len() <= WHOLE {
            let weak = strength::weak(unit).is_some();
            self.encodings(
                unit,
                |made, kind, bytes| if weak { made.whole(kind, bytes) } else { made.anywhere(kind, bytes) },
            );
            return;
        }
        // A long one of little content is looked for as it is: its pieces would be found everywhere.
        if strength::weak(unit).is_some() {
            return self.whole(FormKind::Raw, Zeroizing::new(unit.to_vec()));
        }
        for piece in pieces(unit) {
            if strength::weak(piece).is_none() {
                self.encodings(piece, |made, kind, bytes| made.anywhere(kind, bytes));
            }
        }
    }

    fn encodings(&mut self, unit: &[u8], mut give: impl FnMut(&mut Self, FormKind, Zeroizing<Vec<u8>>)) {
        give(self, FormKind::Raw, encode::whole_characters(unit));
        give(self, FormKind::JsonEscaped, encode::json(unit));
        for alphabet in [encode::Alphabet::Standard, encode::Alphabet::Url] {
            let kind = alphabet.kind();
            give(self, kind, encode::base64(unit, alphabet));
            for before in 0..3 {
                give(self, kind, encode::base64_inside(unit, before, alphabet));
            }
        }
        for case in encode::Case::ALL {
            give(self, FormKind::Hex, encode::hex(unit, case));
            for keeps in encode::Keeps::ALL {
                give(self, FormKind::Percent, encode::percent(unit, keeps, case));
            }
        }
    }

    /// The pair of basic authentication, and the header as it was sent.
    fn sent(&mut self, secret: &Secret<'_>, weak: bool) {
        let pair = secret.user.map(|user| encode::join(&[user.as_bytes(), b":", secret.bytes]));
        let basic = pair.as_ref().map(|pair| encode::base64(pair, encode::Alphabet::Standard));
        if let (Some(user), Some(basic)) = (secret.user, &basic) {
            // The pair begins alike for every secret of that user: a form of it begins where the secret begins to show.
            // A secret of little content is known only by the whole of it.
            let shows = if weak { 0 } else { (user.len() + 1) * 4 / 3 };
            let tail = basic.get(shows..).unwrap_or_default();
            if !weak || tail.len() >= LONG {
                self.cut_long(FormKind::Basic, tail);
            } else {
                self.whole(FormKind::Basic, basic.clone());
            }
        }
        let Some(header) = secret.header.filter(|_| secret.bytes.len() <= WHOLE) else { return };
        let sent = [("{secret}", Some(secret.bytes)), ("{basic}", basic.as_ref().map(|basic| basic.as_slice()))];
        for (placeholder, says) in sent {
            let (Some((before, after)), Some(says)) = (header.split_once(placeholder), says) else { continue };
            // In another header than this the secret is found as it is; one that is not is found with what is around it.
            if weak {
                self.whole(FormKind::Header, encode::join(&[before.as_bytes(), says, after.as_bytes()]));
            }
        }
    }

    fn cut_long(&mut self, kind: FormKind, bytes: &[u8]) {
        if bytes.len() <= 2 * WHOLE {
            return self.anywhere(kind, Zeroizing::new(bytes.to_vec()));
        }
        for piece in pieces(bytes) {
            self.anywhere(kind, Zeroizing::new(piece.to_vec()));
        }
    }

    fn anywhere(&mut self, kind: FormKind, bytes: Zeroizing<Vec<u8>>) {
        let class = match bytes.len() {
            0..SHORTEST => return,
            SHORTEST..LONG => Class::Short,
            _ => Class::Long,
        };
        self.list.push(Form { bytes, kind, class, quoted: false });
    }

    /// A whole string: of JSON, or of JSON that stands in a string, where its quotes are what shows that it is whole.
    fn whole(&mut self, kind: FormKind, bytes: Zeroizing<Vec<u8>>) {
        let quoted = encode::join(&[b"\"", &bytes, b"\""]);
        let class = match quoted.len() {
            0..SHORTEST => None,
            SHORTEST..LONG => Some(Class::Short),
            _ => Some(Class::Long),
        };
        if let Some(class) = class {
            self.list.push(Form { bytes: quoted, kind, class, quoted: true });
        }
        if !bytes.is_empty() {
            self.list.push(Form { bytes, kind, class: Class::Whole, quoted: false });
        }
    }

    /// Each once, however many encodings give it.
    fn finish(mut self) -> Vec<Form> {
        // Stable: of equal ones the plainest stays.
        self.list.sort_by(|a, b| (a.class, a.quoted, &a.bytes[..]).cmp(&(b.class, b.quoted, &b.bytes[..])));
        self.list.dedup_by(|a, b| (a.class, a.quoted, &a.bytes[..]) == (b.class, b.quoted, &b.bytes[..]));
        self.list
    }
}

/// Pieces of about 64 bytes, cut at whole characters; the last one reaches to the end.
fn pieces(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let last = text.len().saturating_sub(PIECE);
    let starts = (0..last).step_by(STRIDE).chain([last]);
    starts.map(move |start| {
        let end = (start + PIECE).min(text.len());
        text.get(start..end).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests;
