//! Whether a text that comes in pieces is UTF-8; a piece may end within a character.

use crate::fault::Fault;

#[derive(Debug, Default)]
pub(crate) struct Utf8 {
    /// The beginning of a character: its bytes, and how many.
    begun: [u8; 4],
    length: usize,
}

impl Utf8 {
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while self.length > 0 {
            let Some((first, rest)) = bytes.split_first() else { return Ok(()) };
            bytes = rest;
            let slot = self.begun.get_mut(self.length).ok_or(Fault::NotUtf8)?;
            *slot = *first;
            self.length += 1;
            match std::str::from_utf8(self.begun.get(..self.length).unwrap_or_default()) {
                Ok(_) => self.length = 0,
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(Fault::NotUtf8),
            }
        }
        let (whole, begun) = bytes.split_at(bytes.len() - begun(bytes));
        simdutf8::basic::from_utf8(whole).map_err(|_| Fault::NotUtf8)?;
        self.length = begun.len();
        self.begun.iter_mut().zip(begun).for_each(|(slot, byte)| *slot = *byte);
        Ok(())
    }

    /// At the end of the text.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        if self.length == 0 { Ok(()) } else { Err(Fault::NotUtf8) }
    }
}

/// How many bytes at the end are the beginning of a character that goes on.
fn begun(bytes: &[u8]) -> usize {
    let lead = bytes.iter().rev().take(3).position(|byte| *byte >= 0xc0);
    let Some(back) = lead.map(|at| at + 1) else { return 0 };
    let needs = match bytes.get(bytes.len() - back) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        _ => 2,
    };
    if needs > back { back } else { 0 }
}

#[cfg(test)]
mod tests;
