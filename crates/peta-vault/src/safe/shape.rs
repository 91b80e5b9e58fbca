//! How a secret is written where it goes. What is written is as secret, so it is written into locked memory.

/// The shape in which a secret is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// As it is.
    Plain,
    /// Percent-encoded but for RFC 3986's unreserved characters: in a query.
    Percent,
    /// `user:secret` in Base64 (RFC 7617).
    Basic { user: String },
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Shape {
    /// What is no secret, in this shape.
    pub fn text(&self, plain: &str) -> String {
        let mut out = vec![0; self.length(plain.as_bytes())];
        self.write(plain.as_bytes(), &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// How many bytes it will have.
    pub(super) fn length(&self, secret: &[u8]) -> usize {
        match self {
            Self::Plain => secret.len(),
            Self::Percent => secret.iter().map(|byte| if unreserved(*byte) { 1 } else { 3 }).sum(),
            Self::Basic { user } => (user.len() + 1 + secret.len()).div_ceil(3) * 4,
        }
    }

    /// Writes it into `out`, which has room for it; says how many bytes it has.
    pub(super) fn write(&self, secret: &[u8], out: &mut [u8]) -> usize {
        let mut out = Out { out, at: 0 };
        match self {
            Self::Plain => secret.iter().for_each(|byte| out.put(*byte)),
            Self::Percent => secret.iter().for_each(|byte| percent(*byte, &mut out)),
            Self::Basic { user } => base64(user.bytes().chain([b':']).chain(secret.iter().copied()), &mut out),
        }
        out.at
    }
}

struct Out<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl Out<'_> {
    fn put(&mut self, byte: u8) {
        if let Some(place) = self.out.get_mut(self.at) {
            *place = byte;
            self.at += 1;
        }
    }
}

const fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn percent(byte: u8, out: &mut Out<'_>) {
    if unreserved(byte) {
        return out.put(byte);
    }
    let digit = |value: u8| HEX.get(usize::from(value & 15)).copied().unwrap_or_default();
    [b'%', digit(byte >> 4), digit(byte)].into_iter().for_each(|byte| out.put(byte));
}

fn base64(mut bytes: impl Iterator<Item = u8>, out: &mut Out<'_>) {
    let digit = |group: u32, shift: u32| BASE64.get((group >> shift & 63) as usize).copied().unwrap_or_default();
    while let Some(first) = bytes.next() {
        let (second, third) = (bytes.next(), bytes.next());
        let group = u32::from(first) << 16 | u32::from(second.unwrap_or(0)) << 8 | u32::from(third.unwrap_or(0));
        out.put(digit(group, 18));
        out.put(digit(group, 12));
        out.put(second.map_or(b'=', |_| digit(group, 6)));
        out.put(third.map_or(b'=', |_| digit(group, 0)));
    }
}
