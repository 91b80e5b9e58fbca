//! The text of a key file: the root, and the keys that live beside it and in no table. It is read and written whole; where
//! it is kept, and that nobody else may read it, is its provider's business. The form: `docs/formats/sealing.md`.

use peta_model::{InstallId, TenantId};
use zeroize::Zeroizing;

use crate::{
    hex,
    key::Key,
    keys::{KekId, KekRow, KekState, Purpose},
    lines::{self, Broken, moment, number},
    root::{LOCAL_WRAPPED, LocalRoot, Root},
};

/// A longer file is refused unread.
pub const LIMIT: usize = 1 << 20;

const FIRST: &str = "peta key file 1";
const WARNING: &str = "# Whoever has this file and the database has every credential. Keep it, and keep it apart.";
/// A line is shorter than this.
const LINE: usize = 384;

/// What a key file holds.
pub struct KeyFile {
    pub install: InstallId,
    pub root: LocalRoot,
    /// Keys that are kept here and not in the database, wrapped under the root: destroying one destroys what it sealed in
    /// every backup of the database too.
    pub keks: Vec<KekRow>,
}

/// Why a text is no key file. It says where, never what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    #[error("it is longer than {LIMIT} bytes")]
    TooLong,
    #[error("it does not begin with `{FIRST}`")]
    OtherForm,
    #[error("it does not end with its checksum: it was cut, or changed by an editor")]
    NoChecksum,
    #[error("its checksum is wrong: it was changed or damaged")]
    Checksum,
    #[error("line {0} cannot be read")]
    Line(usize),
    #[error("line {0} says again what may be said once")]
    Twice(usize),
    #[error("it has no line `{0}`")]
    Missing(&'static str),
}

impl KeyFile {
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        if text.len() > LIMIT {
            return Err(KeyFileError::TooLong);
        }
        let lines = lines::checked(text, FIRST)?;
        let (mut install, mut root, mut keks) = (None, None, Vec::<KekRow>::new());
        for (line, number) in lines.lines().zip(1..).skip(1) {
            let wrong = KeyFileError::Line(number);
            match line.split_once(' ') {
                _ if line.starts_with('#') => {}
                Some(("install", id)) if install.is_none() => {
                    install = Some(InstallId::from_bytes(hex::array(id).ok_or(wrong)?));
                }
                Some(("root", key)) if root.is_none() => {
                    let key = Key::fill(|bytes| hex::read(key, bytes).ok_or(wrong))?;
                    root = Some(LocalRoot::new(key));
                }
                Some(("install" | "root", _)) => return Err(KeyFileError::Twice(number)),
                Some(("kek", rest)) => {
                    let root = root.as_ref().ok_or(KeyFileError::Missing("root"))?;
                    let row = row(rest, root, install.ok_or(KeyFileError::Missing("install"))?).ok_or(wrong)?;
                    if keks.iter().any(|other| other.id == row.id) {
                        return Err(KeyFileError::Twice(number));
                    }
                    keks.push(row);
                }
                _ => return Err(wrong),
            }
        }
        let install = install.ok_or(KeyFileError::Missing("install"))?;
        Ok(Self { install, root: root.ok_or(KeyFileError::Missing("root"))?, keks })
    }

    /// The text. It has room from the start, so that no copy of the key is left behind by growing.
    pub fn write(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(LINE * (4 + self.keks.len())));
        for part in [FIRST, "\n", WARNING, "\ninstall "] {
            text.push_str(part);
        }
        hex::push(&mut text, self.install.as_bytes());
        text.push_str("\nroot ");
        self.root.key().with(|key| hex::push(&mut text, key));
        text.push('\n');
        for row in &self.keks {
            let state = match row.state {
                KekState::Current => "current",
                KekState::Retiring => "retiring",
            };
            let (id, tenant, made) = (row.id, row.tenant, row.made.micros());
            text.push_str(&format!("kek {id} {tenant} {} {state} {made} {} ", row.purpose.name(), row.reserved));
            hex::push(&mut text, &row.wrapped);
            text.push('\n');
        }
        lines::finish(&mut text);
        text
    }
}

/// `ID TENANT PURPOSE STATE MADE RESERVED WRAPPED`.
fn row(text: &str, root: &LocalRoot, install: InstallId) -> Option<KekRow> {
    let mut words = text.split(' ');
    let id = KekId::from_bytes(hex::array(words.next()?)?);
    let tenant = TenantId::from_bytes(hex::array(words.next()?)?);
    let purpose = Purpose::from_name(words.next()?)?;
    let state = match words.next()? {
        "current" => KekState::Current,
        "retiring" => KekState::Retiring,
        _ => return None,
    };
    let made = moment(words.next()?)?;
    let reserved = number(words.next()?)?;
    let wrapped: [u8; LOCAL_WRAPPED] = hex::array(words.next()?)?;
    let row =
        KekRow { id, tenant, purpose, state, made, reserved, check: root.check(install), wrapped: wrapped.to_vec() };
    words.next().is_none().then_some(row)
}

impl From<Broken> for KeyFileError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::OtherForm => Self::OtherForm,
            Broken::NoChecksum => Self::NoChecksum,
            Broken::Checksum => Self::Checksum,
        }
    }
}

#[cfg(test)]
mod tests;
