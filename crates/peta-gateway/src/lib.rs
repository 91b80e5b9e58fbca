#![doc = include_str!("../README.md")]

mod admit;
mod alarm;
mod attend;
mod body;
mod call;
mod carry;
mod catalog;
mod clock;
mod close;
mod config;
mod custody;
mod digest;
mod entry;
mod gateway;
mod guess;
mod handle;
mod hold;
mod hub;
mod initialize;
mod lane;
mod level;
mod listen;
mod notify;
mod offer;
mod random;
mod refuse;
mod reverse;
mod route;
mod said;
mod serve;
mod session;
mod stop;
mod task;
mod watch;
mod work;

pub use body::Body;
pub use clock::{Clock, Clocks};
pub use config::{Calls, Config, Prefix, Replay, Sessions, Streams, Tasks};
pub use custody::{Connecting, Connections, GivenLink, NotConnected, Steward, WantedLink};
pub use gateway::{BuildError, Gateway, Gauges};
pub use hub::Trace;
pub use listen::Peer;
pub use random::Random;

/// The stages of the line, for the test that none of them can be skipped. Nobody outside can make what they take.
#[doc(hidden)]
pub mod stages {
    pub use crate::{
        admit::Admitted,
        call::{
            approve::{Cleared, approve},
            authorize::{Authorized, authorize},
            forward::{Answered, forward},
            inject::{Armed, inject},
            outcome::outcome,
            record::{Intended, intent},
            resolve::{Resolved, resolve},
            sanitize::{Clean, sanitize},
        },
        entry::Entry,
        hub::Hub,
        session::running::Running,
        stop::Stop,
    };
}
