//! The body of a web form: names and values, percent-encoded, in memory that is wiped.

use zeroize::Zeroizing;

pub(crate) fn write(members: &[(&str, &str)]) -> Zeroizing<Vec<u8>> {
    let room = members.iter().map(|(name, value)| (name.len() + value.len()) * 3 + 2).sum();
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    for (name, value) in members {
        if !text.is_empty() {
            text.push(b'&');
        }
        encode(name, &mut text);
        text.push(b'=');
        encode(value, &mut text);
    }
    text
}

fn encode(value: &str, to: &mut Vec<u8>) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |value: u8| DIGITS.get(usize::from(value & 15)).map_or(b'0', |digit| *digit as u8);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            to.push(byte);
        } else {
            to.extend([b'%', digit(byte >> 4), digit(byte)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_plain_letters_is_encoded() {
        let text = write(&[("a b", "1&2=3/+é"), ("c", "-._~")]);
        assert_eq!(std::str::from_utf8(&text).unwrap(), "a%20b=1%262%3D3%2F%2B%C3%A9&c=-._~");
    }
}
