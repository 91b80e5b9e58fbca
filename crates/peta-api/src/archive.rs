//! The archive: where full files of the record are put, sealed. What it proves itself with goes in with a request and is in no
//! answer.

use peta_model::{Moment, SinkUrl};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    secret::Secret,
    sink::SinkState,
    word::{CodeText, MomentText},
};

/// Where full files are put, and how that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Archive {
    /// `file:/FOLDER` or `s3+https://ENDPOINT/BUCKET/PREFIX`.
    #[schema(value_type = String, example = "s3+https://s3.example.com/archive/peta")]
    pub to: SinkUrl,
    /// The identifier of the access key that goes with the secret.
    #[schema(required)]
    pub user: Option<String>,
    /// The region of an S3 bucket; `us-east-1` when absent.
    #[schema(required)]
    pub region: Option<String>,
    /// Whether only certificate authorities of its own are trusted.
    pub ca: bool,
    /// Whether a secret is sealed for it.
    pub secret: bool,
    /// When it was set.
    #[schema(value_type = MomentText)]
    pub changed: Moment,
    pub state: SinkState,
    /// If it is not well: why.
    #[schema(required)]
    pub why: Option<String>,
    /// The code that explains it.
    #[schema(required, value_type = Option<CodeText>)]
    pub code: Option<String>,
    /// Since when.
    #[schema(required, value_type = Option<MomentText>)]
    pub since: Option<Moment>,
    /// Files of the record that are there.
    pub files: u64,
    /// Full and signed files of the record that are not there yet.
    pub waiting: u64,
}

/// An archive to be, in the place of the one before.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewArchive {
    /// `file:/FOLDER` or `s3+https://ENDPOINT/BUCKET/PREFIX`.
    #[schema(value_type = String, example = "file:/mnt/archive")]
    pub to: SinkUrl,
    /// The identifier of an S3 access key; the secret goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The region of an S3 bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Certificate authorities in PEM, to be trusted in the place of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// What it proves itself with.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "Secret::send_if")]
    pub secret: Option<Secret>,
}

/// A file of the record that was archived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArchivedFile {
    /// What it is called there.
    pub name: String,
    /// Whether it was put into the archive that is set now, rather than into an earlier one.
    pub here: bool,
    /// The log that its entries are of.
    pub log: String,
    /// The numbers of the first and of the last entry.
    pub from: u64,
    pub to: u64,
    /// The times that its entries tell of; `null` if they tell of none.
    #[schema(required, value_type = Option<MomentText>)]
    pub since: Option<Moment>,
    #[schema(required, value_type = Option<MomentText>)]
    pub until: Option<Moment>,
    /// The size of what was put there, in bytes.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub digest: String,
    /// When it was put there.
    #[schema(value_type = MomentText)]
    pub at: Moment,
}

/// A file of the record, opened: its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct RecordFile(());
