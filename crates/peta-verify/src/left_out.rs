//! What whoever exported a log left out of it, on purpose: `left-out` has a line for each row of bundles, the number of the
//! first and of the last. It vouches for nothing; without it, what is missing is a fault.

use std::ops::RangeInclusive;

use super::{fault::Fault, folder::Folder};

/// The name of the file.
pub const LEFT_OUT: &str = "left-out";

/// Lines for these bundles, which are in order.
pub fn write(bundles: impl IntoIterator<Item = u64>) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for bundle in bundles {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == bundle => *last = bundle,
            _ => ranges.push((bundle, bundle)),
        }
    }
    ranges.iter().map(|(first, last)| format!("{first} {last}\n")).collect()
}

pub(crate) fn read(folder: &impl Folder) -> Result<Vec<RangeInclusive<u64>>, Fault> {
    let bytes = folder.read(LEFT_OUT).map_err(|why| Fault::of(LEFT_OUT, why))?;
    let Some(bytes) = bytes else { return Ok(Vec::new()) };
    parse(&bytes).ok_or_else(|| Fault::of(LEFT_OUT, "it is no list of bundles"))
}

fn parse(bytes: &[u8]) -> Option<Vec<RangeInclusive<u64>>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let number = |digits: &str| {
        let number: u64 = digits.parse().ok()?;
        // One number has one form.
        (number.to_string() == digits).then_some(number)
    };
    let range = |line: &str| {
        let (first, last) = line.strip_suffix('\n')?.split_once(' ')?;
        Some(number(first)?..=number(last)?)
    };
    text.split_inclusive('\n').map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let text = write([0, 1, 2, 7, 9, 10]);
        assert_eq!(text, "0 2\n7 7\n9 10\n");
        assert_eq!(parse(text.as_bytes()), Some(vec![0..=2, 7..=7, 9..=10]));
        assert_eq!((write([]), parse(b"")), (String::new(), Some(Vec::new())));
        for bad in [
            "0",
            "0 ",
            "0 1",
            "00 1\n",
            "0  1\n",
            "0 1\n\n",
            "0 1 2\n",
            "-1 2\n",
            "+1 2\n",
            "0 1\r\n",
            "0 18446744073709551616\n",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
