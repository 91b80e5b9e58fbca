//! Reports for auditors. What is of the record is read in parts, newest first, each counted up on its own: whoever reads adds
//! the parts up, so that neither side ever holds the record.

mod access;
mod activity;
mod changes;
mod credentials;
mod made;
mod processing;
mod query;
mod retention;
mod tally;

pub use access::{AccessPart, AgentAccess, ServerReach};
pub use activity::{ActivityKey, ActivityPart, ActivityRow};
pub use changes::ChangesPart;
pub use credentials::{CredentialUsePart, UseKey, UseRow};
pub use made::{NewReport, ReportKind, ReportMade};
pub use processing::{Processing, Recipient, RecordRecipient, ServerPurpose};
pub use query::{AccessQuery, ReportFilters, ReportQuery};
pub use retention::{Kept, Retention};
pub use tally::{Seen, Tally};
