#![doc = include_str!("../README.md")]

mod carry_over;
mod change;
mod changes;
mod column;
mod commit;
mod config;
mod credential;
mod custody;
mod damage;
mod dir;
mod entropy;
mod entry;
mod events;
mod fault;
mod links;
mod load;
mod oauth;
mod open;
mod outgoing;
mod record;
mod recorder;
mod sessions;
mod settle;
mod sharing;
mod sheet;
mod shelf;
mod sink;
mod snapshot;
mod sql;
mod store;
mod tend;
mod things;
mod transaction;
mod usage;
mod vault;
mod writer;

pub use change::{NewAgent, Rotation};
pub use changes::Changes;
pub use config::{Config, Sync};
pub use credential::{
    CredentialEntry, KeptSecret, NewCredential, NewSecret, Place, SealedPrints, ServerCredentials, bound,
};
pub use entry::{AgentEntry, Learnt, Page, ServerEntry, TokenEntry, TokenOwner, TokenState};
pub use events::{Ended, EventPage, EventQuery, Follow, PAGE_LIMIT, Part, QueryError};
pub use links::{Link, LinkStage, LinksDone};
pub use oauth::{Granted, OAuth};
pub use open::StoreError;
pub use recorder::{NotRecorded, Receipt, Recorded, Recorder};
pub use sessions::{KeptSession, SessionBatch, SessionHash};
pub use sharing::check_owner;
pub use sheet::ChangeError;
pub use sink::{NewSink, SinkEntry, SinkFilter, SinkSpec};
pub use snapshot::Snapshot;
pub use store::Store;
pub use things::{SealedThing, ThingSort};
pub use vault::RootRow;
