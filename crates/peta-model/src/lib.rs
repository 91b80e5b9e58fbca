//! Peta's words: identifiers, names, grants, servers, sinks, codes, times.
//!
//! The vocabulary every other crate speaks. It knows nothing of MCP, HTTP or SQL, and it is pure:
//! no clock, no randomness, no files. Whoever needs an identifier brings the random bytes along.

mod capability;
mod code;
mod credential;
mod grant;
mod id;
mod moment;
mod name;
mod server;
mod sink;
mod span;
mod word;

pub use capability::{CapabilityKind, CapabilityRef};
pub use code::Code;
pub use credential::{ClientAuth, Delivery, DeliveryClass, Owner, Whose};
pub use grant::{Grant, GrantError, Scope};
pub use id::{
    AgentId, BootId, CredentialId, EventId, Id, IdError, InstallId, ServerId, SinkId, SubjectId, TenantId, TokenId,
};
pub use moment::{Moment, MomentError};
pub use name::{AgentName, CredentialName, NameError, SinkName, Slug};
pub use server::{HttpMode, Isolation, ServerSpec, ServerState, Transport};
pub use sink::{SinkKind, SinkUrl, SinkUrlError};
pub use span::{Span, SpanError};
pub use word::{Decision, EventKind, LogName, Operation, Outcome, Payloads, Role, UnknownWord};
