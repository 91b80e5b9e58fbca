//! The Model Context Protocol's wire, raw.
//!
//! A message is its exact text and a few spans into it: the envelope is read, `params`, `result` and `error` stay as
//! they were written, and the few fields that a hop changes are spliced. Unknown fields, unknown methods and the
//! spelling of numbers survive byte for byte. This crate knows nothing of Peta, and it is pure: bytes in, bytes out.

mod canonical;
mod compact;
mod fault;
mod features;
mod id;
pub mod line;
mod malformed;
mod message;
mod method;
mod passage;
pub mod scan;
mod splice;
pub mod sse;
mod tap;
mod text;
mod utf8;
mod value;
mod version;
pub mod write;

pub use canonical::canonical;
pub use compact::compact;
pub use fault::Fault;
pub use features::{ClientFeatures, ServerFeatures};
pub use id::RequestId;
pub use malformed::Malformed;
pub use message::{Kind, Message, batch};
pub use method::Method;
pub use passage::{Part, Passage};
pub use scan::{Limits, Side};
pub use splice::Splice;
pub use tap::{Tap, Tapped};
pub use value::{Items, Key, Members, Value};
pub use version::{UnknownVersion, Version};
