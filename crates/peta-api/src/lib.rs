#![doc = include_str!("../README.md")]

pub mod agent;
pub mod endpoint;
pub mod event;
mod expiry;
pub mod grant;
mod list;
mod problem;
pub mod route;
pub mod server;
pub mod status;
pub mod token;
mod word;

pub use agent::{Agent, AgentToken, NewAgent, Rotation, TokenGiven};
pub use event::{Event, EventCaller, EventEnd, EventQuery};
pub use expiry::{Expiry, ExpiryError};
pub use grant::{GrantEntry, GrantQuery};
pub use list::List;
pub use problem::Problem;
pub use route::{Action, Endpoint, Method, Operation};
pub use server::{NewServer, Server, ServerChange, ServerDetail, ServerSetup};
pub use status::{Counts, Finding, Level, Status};
pub use token::{AdminToken, AdminTokenGiven, NewAdminToken};
