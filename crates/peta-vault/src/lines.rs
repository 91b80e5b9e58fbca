//! What text files that keep keys have in common: a first line that says what they are, and a checksum as the last one,
//! against mistakes and not against hands.

use aws_lc_rs::digest;
use peta_model::Moment;

use crate::hex;

const CHECK: &str = "check ";

/// Why a text is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    OtherForm,
    NoChecksum,
    Checksum,
}

/// The lines before the checksum, if it is right.
pub(crate) fn checked<'t>(text: &'t str, first: &str) -> Result<&'t str, Broken> {
    if !text.strip_prefix(first).is_some_and(|rest| rest.starts_with('\n')) {
        return Err(Broken::OtherForm);
    }
    let whole = text.strip_suffix('\n').ok_or(Broken::NoChecksum)?;
    let start = whole.rfind('\n').map(|at| at + 1).ok_or(Broken::NoChecksum)?;
    let (lines, last) = text.split_at_checked(start).ok_or(Broken::NoChecksum)?;
    let told = last.trim_end_matches('\n').strip_prefix(CHECK).and_then(hex::array).ok_or(Broken::NoChecksum)?;
    if checksum(lines) == told { Ok(lines) } else { Err(Broken::Checksum) }
}

/// Adds the checksum of all lines that stand there.
pub(crate) fn finish(text: &mut String) {
    let checksum = checksum(text);
    text.push_str(CHECK);
    hex::push(text, &checksum);
    text.push('\n');
}

/// A number as it is written here: no sign but a minus, no zeros in front.
pub(crate) fn number<N: std::str::FromStr + ToString>(text: &str) -> Option<N> {
    text.parse().ok().filter(|number: &N| number.to_string() == text)
}

pub(crate) fn moment(text: &str) -> Option<Moment> {
    number(text).map(Moment::from_micros)
}

/// The first 8 bytes of SHA-256.
fn checksum(text: &str) -> [u8; 8] {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().first_chunk().copied().unwrap_or_default()
}
