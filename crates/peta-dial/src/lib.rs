#![doc = include_str!("../README.md")]

mod address;
mod body;
mod dialer;
mod http;
mod resolve;
mod splice;
mod stream;
mod target;
mod tls;

pub use address::{Class, classify};
pub use body::{BodyError, Pieces, read};
pub use dialer::{Config, DialError, Dialer, SetupError, connect_unix};
pub use http::{Answer, Http, HttpError};
pub use resolve::{Resolve, Resolving, SystemResolver};
pub use splice::{Desk, Lender, NotLent, Placeholder, Splice, Splicing};
pub use stream::Stream;
pub use target::{Host, Reach, Target, TargetError};
