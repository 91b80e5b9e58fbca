//! The file as text. It is read and written whole; where it is kept is not known here.

use std::fmt::Write;

use peta_model::{InstallId, SubjectId, TenantId};

use super::{ErasedSubject, LIMIT, PayloadFile, PayloadKek};
use crate::{
    hex,
    keys::{KekId, KekRow, KekState, Purpose},
    lines::{self, Broken, moment, number},
    root::{Check, LOCAL_WRAPPED},
};

const FIRST: &str = "peta payload keys 1";
const WARNING: &str =
    "# Without this file the private parts of the record are lost. Keep the newest, apart from the database.";

/// Why a text is no such file. It says where, never what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadFileError {
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
    #[error("it has no line `install`")]
    NoInstall,
}

impl From<Broken> for PayloadFileError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::OtherForm => Self::OtherForm,
            Broken::NoChecksum => Self::NoChecksum,
            Broken::Checksum => Self::Checksum,
        }
    }
}

impl PayloadFile {
    pub fn parse(text: &str) -> Result<Self, PayloadFileError> {
        if text.len() > LIMIT {
            return Err(PayloadFileError::TooLong);
        }
        let lines = lines::checked(text, FIRST)?;
        let mut install = None;
        let (mut keks, mut erased, mut destroyed) = (Vec::<PayloadKek>::new(), Vec::<ErasedSubject>::new(), Vec::new());
        for (line, number) in lines.lines().zip(1..).skip(1) {
            let wrong = PayloadFileError::Line(number);
            let is_new = match line.split_once(' ') {
                _ if line.starts_with('#') => true,
                Some(("install", id)) => install.replace(InstallId::from_bytes(hex::array(id).ok_or(wrong)?)).is_none(),
                Some(("kek", rest)) => {
                    let kek = kek(rest).ok_or(wrong)?;
                    let is_current = kek.until.is_none();
                    let stands = |other: &PayloadKek| {
                        other.row.id == kek.row.id
                            || (is_current && other.until.is_none() && other.row.tenant == kek.row.tenant)
                    };
                    let is_new = !keks.iter().any(stands);
                    keks.push(kek);
                    is_new
                }
                Some(("erased", rest)) => {
                    let one = erasure(rest).ok_or(wrong)?;
                    let is_new = !erased.iter().any(|other| other.subject == one.subject);
                    erased.push(one);
                    is_new
                }
                Some(("destroyed", id)) => {
                    let id = KekId::from_bytes(hex::array(id).ok_or(wrong)?);
                    let is_new = !destroyed.contains(&id);
                    destroyed.push(id);
                    is_new
                }
                _ => return Err(wrong),
            };
            if !is_new {
                return Err(PayloadFileError::Twice(number));
            }
        }
        Ok(Self { install: install.ok_or(PayloadFileError::NoInstall)?, keks, erased, destroyed })
    }

    /// The text. There is no secret in it that is not wrapped.
    pub fn write(&self) -> String {
        let mut text = format!("{FIRST}\n{WARNING}\ninstall {}\n", self.install);
        for PayloadKek { row, until } in &self.keks {
            let (made, until) = (row.made.micros(), until.map_or("-".to_owned(), |until| until.micros().to_string()));
            // Writing to a string cannot fail.
            let _ = write!(text, "kek {} {} {made} {until} {} ", row.id, row.tenant, row.reserved);
            hex::push(&mut text, row.check.as_bytes());
            text.push(' ');
            hex::push(&mut text, &row.wrapped);
            text.push('\n');
        }
        for ErasedSubject { subject, kek, at } in &self.erased {
            let _ = writeln!(text, "erased {subject} {kek} {}", at.micros());
        }
        for kek in &self.destroyed {
            let _ = writeln!(text, "destroyed {kek}");
        }
        lines::finish(&mut text);
        text
    }
}

/// `ID TENANT MADE UNTIL RESERVED CHECK WRAPPED`.
fn kek(text: &str) -> Option<PayloadKek> {
    let mut words = text.split(' ');
    let id = KekId::from_bytes(hex::array(words.next()?)?);
    let tenant = TenantId::from_bytes(hex::array(words.next()?)?);
    let made = moment(words.next()?)?;
    let until = match words.next()? {
        "-" => None,
        until => Some(moment(until)?),
    };
    let reserved = number(words.next()?)?;
    let check = Check::from_bytes(hex::array(words.next()?)?);
    let wrapped: [u8; LOCAL_WRAPPED] = hex::array(words.next()?)?;
    let state = if until.is_none() { KekState::Current } else { KekState::Retiring };
    let purpose = Purpose::Payload;
    let row = KekRow { id, tenant, purpose, state, made, reserved, check, wrapped: wrapped.to_vec() };
    words.next().is_none().then_some(PayloadKek { row, until })
}

/// `SUBJECT KEK AT`.
fn erasure(text: &str) -> Option<ErasedSubject> {
    let mut words = text.split(' ');
    let subject = SubjectId::from_bytes(hex::array(words.next()?)?);
    let kek = KekId::from_bytes(hex::array(words.next()?)?);
    let at = moment(words.next()?)?;
    words.next().is_none().then_some(ErasedSubject { subject, kek, at })
}
