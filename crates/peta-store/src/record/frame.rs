//! Frames: length, checksum, body. Everything in a file of the record behind its head is one.

use crc::{CRC_32_ISO_HDLC, Crc, Table};

/// Of a frame: the length of the body and its checksum, four bytes each, little end first.
pub(crate) const HEAD: usize = 8;

/// No body is longer; a length beyond this is damage, not a reason to ask for memory.
pub(crate) const LARGEST: usize = 16 * 1024 * 1024;

/// The checksum of zip and gzip: what an auditor's Python has at hand.
static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// What stands at a place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    Body(&'a [u8]),
    /// The bytes end here.
    End,
    /// The bytes end within a frame, which has so many, or so many at least.
    Cut(usize),
    /// No frame.
    Broken,
}

pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

/// Appends a frame; `body` appends what it holds.
pub(crate) fn put(to: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let start = to.len();
    to.extend_from_slice(&[0; HEAD]);
    body(to);
    let Some((head, body)) = to.get_mut(start..).and_then(|frame| frame.split_first_chunk_mut::<HEAD>()) else {
        return;
    };
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let (first, second) = head.split_at_mut(4);
    first.copy_from_slice(&length.to_le_bytes());
    second.copy_from_slice(&checksum(body).to_le_bytes());
}

/// The frame at the start of the bytes.
pub(crate) fn first(bytes: &[u8]) -> Frame<'_> {
    if bytes.is_empty() {
        return Frame::End;
    }
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Frame::Cut(HEAD) };
    let Some((sum, rest)) = rest.split_first_chunk::<4>() else { return Frame::Cut(HEAD) };
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    if length == 0 || length > LARGEST {
        return Frame::Broken;
    }
    let Some(body) = rest.get(..length) else { return Frame::Cut(HEAD + length) };
    if checksum(body) == u32::from_le_bytes(*sum) { Frame::Body(body) } else { Frame::Broken }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_whole_or_is_not_read() {
        let mut bytes = Vec::new();
        put(&mut bytes, |body| body.extend_from_slice(b"123456789"));
        assert_eq!(bytes[4..8], 0xCBF4_3926_u32.to_le_bytes());
        assert_eq!(first(&bytes), Frame::Body(b"123456789"));
        for cut in 1..bytes.len() {
            assert!(matches!(first(&bytes[..cut]), Frame::Cut(need) if need > cut), "{cut}");
        }
        for at in 4..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(first(&other), Frame::Broken, "{at}");
        }
        assert_eq!(first(&[0; 100]), Frame::Broken);
        assert_eq!(first(&[0xFF; 100]), Frame::Broken);
        assert_eq!(first(&[]), Frame::End);
    }
}
