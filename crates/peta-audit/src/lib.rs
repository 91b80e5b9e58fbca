#![doc = include_str!("../README.md")]

mod clip;
mod detail;
mod escape;
mod event;
mod facts;
pub mod format;
mod hex;
mod intent;
mod leaf;
mod payload;
mod private;
mod public;

pub use clip::{CARRIED_LIMIT, REQUEST_LIMIT, TEXT_LIMIT, clip, clip_detail, clip_list, clip_to};
pub use escape::{Escaped, escaped};
pub use event::{Event, Subject};
pub use facts::{Carried, Facts, Origin, Pin, Stage, Stages};
pub use intent::{Admin, Caller, Door, Ending, Intent, is_public_detail};
pub use leaf::{LEAF_LIMIT, Leaf, Outcome as LeafOutcome, Public, PublicFacts};
pub use payload::{Form, Payload, PayloadPart};
pub use private::{Commitment, Private, SALT, commitment};
pub use public::{is_public_name, public_reason};
