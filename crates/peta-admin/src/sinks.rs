//! Whoever sends the record: says how each sink does, and tries one. How receivers are reached is not known here; Core brings
//! somebody who knows.

use std::pin::Pin;

use peta_api::sink::SinkState;
use peta_audit::format::Format;
use peta_model::{Code, Moment, SinkId, SinkKind};
use peta_store::{ArchivedFile, SinkEntry, SinkSpec};

/// What a try gives, when it is done: what was answered, or a code and why.
pub type Testing<'s> = Pin<Box<dyn Future<Output = Result<String, (Code, String)>> + Send + 's>>;

/// What a read of an archived file gives, when it is done: what stands in it, or a code and why.
pub type Fetching<'s> = Pin<Box<dyn Future<Output = Result<Vec<u8>, (Code, String)>> + Send + 's>>;

/// Sends the record.
pub trait Sinks: Send + Sync {
    /// What is written if nobody says.
    fn usual_format(&self, kind: SinkKind) -> Format;

    /// Whether a sink can be so, with a secret or without.
    fn check(&self, spec: &SinkSpec, secret: bool) -> Result<(), UnfitSink>;

    /// Whether a witness can be so: its URL, the key that it cosigns by, PEM of authorities that are trusted.
    fn check_witness(&self, place: &str, key: &str, ca: Option<&str>) -> Result<(), UnfitSink>;

    /// How one does; none if it has not begun yet.
    fn standing(&self, sink: SinkId) -> Option<SinkStanding>;

    /// Sends one event that is marked as a test.
    fn test<'s>(&'s self, sink: &'s SinkEntry) -> Testing<'s>;

    /// How the archive does.
    fn archive(&self) -> ArchiveStanding;

    /// Reads an archived file from the archive that is set, and opens it.
    fn fetch<'s>(&'s self, file: &'s ArchivedFile) -> Fetching<'s>;
}

/// A setting that cannot be so, by its name, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfitSink {
    pub field: &'static str,
    pub why: String,
}

/// How a sink does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkStanding {
    pub state: SinkState,
    pub why: Option<String>,
    pub code: Option<Code>,
    pub since: Option<Moment>,
    /// Up to this entry of the record all is acknowledged.
    pub read: u64,
    pub lag_us: u64,
    pub sent: u64,
    pub skipped: u64,
    pub last: Option<Moment>,
}

/// How the archive does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveStanding {
    pub state: SinkState,
    pub why: Option<String>,
    pub code: Option<Code>,
    pub since: Option<Moment>,
}
