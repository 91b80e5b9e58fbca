#![doc = include_str!("../README.md")]

mod plain;
mod rules;
mod set;
mod template;

pub use plain::is_plain_uri;
pub use set::{Judgement, PolicySet};
pub use template::{Template, template_matches};
