//! What is kept of the forms of a secret: nothing that gives the secret back. docs/formats/fingerprints.md says what
//! stands in the bytes.

use super::{
    digester::{DIGEST, Digester, LONG, SHORT},
    forms::{Class, Form, FormKind, Forms},
    skim,
};

const MAGIC: &[u8; 4] = b"PSF1";
const HEAD: usize = 16;
const ENTRY: usize = 40;
/// The longest form that is held back for.
pub(super) const LONGEST: u16 = 16 << 10;
/// More forms than any secret of the greatest length has.
const MOST: usize = 1 << 16;

const QUOTED: u8 = 1;
const DIGITS: u8 = 2;
const PLAIN: u8 = 4;

/// Of one version of a credential.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprints {
    check: [u8; 8],
    list: Vec<Fingerprint>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Fingerprint {
    pub(super) kind: FormKind,
    pub(super) class: Class,
    /// Its first and last byte are quotes, which stay.
    pub(super) quoted: bool,
    /// It has digits only, and so can stand as a number.
    pub(super) digits: bool,
    /// Nothing in it breaks what [`skim`] steps over.
    pub(super) plain: bool,
    pub(super) length: u16,
    pub(super) hash: u32,
    pub(super) digest: [u8; DIGEST],
}

/// Why bytes are no fingerprints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    #[error("the fingerprints do not begin as fingerprints do")]
    Head,
    #[error("the fingerprints are cut off, or more follows")]
    Length,
    #[error("fingerprint {0} has a kind, class, mark or length that there is not")]
    Entry(usize),
}

impl Fingerprints {
    /// Of these forms. One longer than is held back for is left out: no such form is made.
    pub fn of(forms: &Forms, digester: &Digester) -> Self {
        let list = forms.iter().filter_map(|form| Fingerprint::of(form, digester)).collect();
        Self { check: digester.check(), list }
    }

    /// How many forms there are.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    pub(super) fn are_of(&self, digester: &Digester) -> bool {
        self.check == digester.check()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Fingerprint> {
        self.list.iter()
    }

    /// To be sealed beside the credential.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD + ENTRY * self.list.len());
        out.extend(MAGIC);
        out.extend(u32::try_from(self.list.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend(self.check);
        for entry in &self.list {
            let marks = [(entry.quoted, QUOTED), (entry.digits, DIGITS), (entry.plain, PLAIN)];
            let marks = marks.into_iter().filter(|(is, _)| *is).fold(0, |marks, (_, mark)| marks | mark);
            out.extend([entry.kind as u8, entry.class as u8 | marks << 4]);
            out.extend(entry.length.to_be_bytes());
            out.extend(entry.hash.to_be_bytes());
            out.extend(entry.digest);
        }
        out
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        let (head, entries) = bytes.split_first_chunk::<HEAD>().ok_or(Damaged::Head)?;
        let [m0, m1, m2, m3, c0, c1, c2, c3, check @ ..] = *head;
        if [m0, m1, m2, m3] != *MAGIC {
            return Err(Damaged::Head);
        }
        let (entries, rest) = entries.as_chunks::<ENTRY>();
        let count = usize::try_from(u32::from_be_bytes([c0, c1, c2, c3])).map_err(|_| Damaged::Length)?;
        if entries.len() != count || !rest.is_empty() || count > MOST {
            return Err(Damaged::Length);
        }
        let read = |(number, entry)| Fingerprint::read(entry).ok_or(Damaged::Entry(number));
        let list = entries.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self { check, list })
    }
}

impl Fingerprint {
    fn of(form: &Form, digester: &Digester) -> Option<Self> {
        let (bytes, class) = (form.reveal(), form.class());
        let length = u16::try_from(bytes.len()).ok().filter(|length| *length <= LONGEST)?;
        let hash = match class {
            Class::Long => upper(digester.roll(0, bytes.get(..LONG)?)),
            Class::Short => lower(digester.roll(0, bytes.get(..SHORT)?)),
            Class::Whole => upper(digester.roll(0, bytes)),
        };
        Some(Self {
            kind: form.kind(),
            class,
            quoted: form.is_quoted(),
            digits: bytes.iter().all(u8::is_ascii_digit),
            plain: !bytes.iter().any(|byte| skim::breaks(*byte)),
            length,
            hash,
            digest: digester.digest(&[bytes]),
        })
    }

    fn read(entry: &[u8; ENTRY]) -> Option<Self> {
        let [kind, class, l0, l1, h0, h1, h2, h3, digest @ ..] = *entry;
        let (marks, class) = (class >> 4, class & 15);
        let class = [Class::Long, Class::Short, Class::Whole].into_iter().find(|known| *known as u8 == class)?;
        let read = Self {
            kind: FormKind::ALL.into_iter().find(|known| *known as u8 == kind)?,
            class,
            quoted: marks & QUOTED != 0,
            digits: marks & DIGITS != 0,
            plain: marks & PLAIN != 0,
            length: u16::from_be_bytes([l0, l1]),
            hash: u32::from_be_bytes([h0, h1, h2, h3]),
            digest,
        };
        let least = match class {
            Class::Long => 16,
            Class::Short => 8,
            Class::Whole => 1,
        };
        let quotes_fit = !read.quoted || (class != Class::Whole && !read.plain);
        (marks <= QUOTED | DIGITS | PLAIN && quotes_fit && (least..=LONGEST).contains(&read.length)).then_some(read)
    }
}

/// Of the last sixteen bytes.
pub(super) fn upper(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0)
}

/// Of the last eight bytes.
pub(super) fn lower(hash: u64) -> u32 {
    u32::try_from(hash & u64::from(u32::MAX)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
