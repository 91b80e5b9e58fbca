#![doc = include_str!("../README.md")]

pub mod agent;
pub mod audit;
mod connection;
pub mod credential;
pub mod endpoint;
pub mod event;
mod expiry;
pub mod grant;
mod list;
pub mod oauth;
mod problem;
pub mod report;
pub mod route;
mod secret;
pub mod server;
pub mod sink;
pub mod status;
pub mod token;
pub mod vault;
mod word;

pub use agent::{Agent, AgentToken, NewAgent, Rotation, TokenGiven};
pub use connection::{Connection, ConnectionStage};
pub use credential::{Credential, CredentialState, CredentialStored, NewCredential, NewSecret};
pub use event::{Event, EventCaller, EventCredential, EventEnd, EventFacts, EventQuery};
pub use expiry::{Expiry, ExpiryError};
pub use grant::{GrantEntry, GrantQuery};
pub use list::List;
pub use oauth::{CredentialRemoved, NewOAuthCredential, OAuth};
pub use problem::Problem;
pub use route::{Action, Endpoint, Method, Operation};
pub use secret::Secret;
pub use server::{NewServer, Server, ServerChange, ServerDetail, ServerSetup};
pub use sink::{NewSink, Sink, SinkFilter, SinkHealth, SinkSetup, SinkState, SinkTested};
pub use status::{Counts, Finding, Level, Status};
pub use token::{AdminToken, AdminTokenGiven, NewAdminToken};
pub use vault::VaultStatus;
