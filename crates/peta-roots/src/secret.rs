//! A text that proves Core to a provider. It cannot be printed, and is wiped when dropped; where HTTP needs its bytes, they
//! are handed on in a buffer that is wiped, too.

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

/// Cheap to make, copied by nobody.
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    /// White space around it is left out: files end with a line end. None if nothing is left.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let text = text.trim_ascii();
        (!text.is_empty()).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// The value of a header, after a word such as `Bearer `. None if it holds what no header may.
    pub(crate) fn header(&self, before: &str) -> Option<HeaderValue> {
        let mut text = Zeroizing::new(Vec::with_capacity(before.len() + self.0.len()));
        text.extend_from_slice(before.as_bytes());
        text.extend_from_slice(self.0.as_bytes());
        let mut value = HeaderValue::from_maybe_shared(wiped(text)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Bytes for a request that are wiped when the last who holds them lets go.
pub(crate) fn wiped(bytes: Zeroizing<Vec<u8>>) -> Bytes {
    struct Wiped(Zeroizing<Vec<u8>>);
    impl AsRef<[u8]> for Wiped {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    Bytes::from_owner(Wiped(bytes))
}
