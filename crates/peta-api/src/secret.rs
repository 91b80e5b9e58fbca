//! What goes in and never comes out: a secret that a request brings. It can be read from JSON; it is printed by nothing,
//! and no answer can hold one, for it is written only where a request's own field says how.

use std::fmt;

use serde::{Deserialize, Deserializer, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type},
    },
};
use zeroize::Zeroizing;

/// A secret, wiped when it goes.
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// For a field of a request: `#[serde(serialize_with = "Secret::send")]`. `Secret` itself cannot be serialised, so an
    /// answer that holds one does not compile.
    pub(crate) fn send<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }

    /// The same for a field that may be absent.
    pub(crate) fn send_if<S: Serializer>(secret: &Option<Self>, to: S) -> Result<S::Ok, S::Error> {
        match secret {
            Some(secret) => secret.send(to),
            None => to.serialize_none(),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret::new(text.to_owned()))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Secret, E> {
                Ok(Secret::new(text))
            }
        }
        from.deserialize_str(Text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl PartialSchema for Secret {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
            .write_only(true)
            .description(Some("Goes in and never comes out."))
            .into()
    }
}

impl ToSchema for Secret {}

#[cfg(test)]
mod tests;
