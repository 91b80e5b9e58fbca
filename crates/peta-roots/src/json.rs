//! The JSON that providers speak. A member that holds a key is read into memory that is wiped, and written from there.

use serde::{Deserialize, Deserializer, de};
use zeroize::Zeroizing;

/// A text member that may hold a key.
pub(crate) struct SecretText(pub(crate) Zeroizing<String>);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = SecretText;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretText, E> {
                Ok(SecretText(Zeroizing::new(text.to_owned())))
            }
        }
        from.deserialize_str(Text)
    }
}

/// An object of texts, written into memory that is wiped and does not grow.
pub(crate) struct Object(Zeroizing<Vec<u8>>);

impl Object {
    /// With room for so many bytes of names and values.
    pub(crate) fn with_room(room: usize) -> Self {
        let mut text = Zeroizing::new(Vec::with_capacity(room + 64));
        text.push(b'{');
        Self(text)
    }

    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        self.quoted(value);
        self
    }

    pub(crate) fn number(mut self, name: &str, value: i64) -> Self {
        self.name(name);
        self.0.extend_from_slice(value.to_string().as_bytes());
        self
    }

    pub(crate) fn texts(mut self, name: &str, members: &[(&str, String)]) -> Self {
        self.name(name);
        let mut inner = Self::with_room(members.iter().map(|(name, value)| name.len() + value.len() + 8).sum());
        for (name, value) in members {
            inner = inner.text(name, value);
        }
        self.0.extend_from_slice(&inner.end());
        self
    }

    pub(crate) fn end(mut self) -> Zeroizing<Vec<u8>> {
        self.0.push(b'}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.quoted(name);
        self.0.push(b':');
    }

    fn quoted(&mut self, text: &str) {
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(&mut *self.0, text);
    }
}
