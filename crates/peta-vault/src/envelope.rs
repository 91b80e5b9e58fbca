//! Envelopes (`PSV1`): what is sealed, as it stands in the store. Each has a data key (DEK) of its own, wrapped under a
//! KEK; all fields are sealed at once, and none can be added, taken out, renamed or moved.
//!
//! Byte by byte: `docs/formats/sealing.md`.

mod aad;
mod form;
mod open;
mod seal;

pub use form::{Envelope, EnvelopeError, FIELDS, HEAD, LIMIT, WRAP};
pub use open::{OpenError, Opened};
pub use seal::{SealError, rewrap, seal};

#[cfg(test)]
mod tests;
