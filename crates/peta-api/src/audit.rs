//! The record as a tree: what is signed of it, its hashes, its entries, and who keeps checkpoints beside us. The forms are
//! those of C2SP (signed-note, tlog-checkpoint, tlog-tiles), so that what is read here can be checked without Peta.

use peta_model::{LogName, Moment};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    event::Event,
    word::{LogWord, MomentText},
};

/// Which log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// Which log; the record when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline, value_type = Option<LogWord>)]
    pub log: Option<LogName>,
}

/// What is signed of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogHead {
    /// The log's name.
    #[schema(example = "peta-8d0c…/default/record")]
    pub log: String,
    /// How many entries are bound into its tree by now.
    pub size: u64,
    /// So many of its first entries have expired: of them only the hashes are there.
    #[serde(default)]
    pub expired: u64,
    /// The newest checkpoint, a signed note; `null` while none was signed yet (the vault is locked, or Core has just begun).
    #[schema(required)]
    pub checkpoint: Option<String>,
    /// The log's keys: a verifier key and the sizes that it signs, one a line.
    pub keys: String,
    /// The newest checkpoints that witnesses cosigned, none larger than `checkpoint`.
    pub cosigned: Vec<Cosigned>,
}

/// What a witness cosigned last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cosigned {
    /// What the witness is called here.
    pub witness: String,
    /// The key that it cosigns by, as signed-note writes it.
    pub key: String,
    /// The checkpoint, a signed note with the witness's cosignature.
    pub note: String,
}

/// Which tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TileQuery {
    /// 0 for the hashes of entries; each level above stands for 256 of the one below.
    pub level: u8,
    /// Counted from 0.
    pub number: u64,
    /// How many hashes of it: 1 to 256.
    pub width: u16,
    /// Which log; the record when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline, value_type = Option<LogWord>)]
    pub log: Option<LogName>,
}

/// Hashes of a tile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tile {
    /// SHA-256, in base64.
    pub hashes: Vec<String>,
}

/// Which entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EntriesQuery {
    /// The place of the first one in the tree, counted from 0.
    pub from: u64,
    /// How many: 1 to 4,096.
    pub count: u16,
    /// Which log; the record when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline, value_type = Option<LogWord>)]
    pub log: Option<LogName>,
}

/// Entries as they stand in the tree: canonical JSON (RFC 8785), `docs/formats/event.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entries {
    pub entries: Vec<String>,
}

/// An event, and where it stands in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventPlaces {
    #[serde(flatten)]
    pub event: Event,
    /// The place of its intent in the tree, counted from 0.
    pub place: u64,
    /// The place of its outcome; `null` while it goes on.
    #[schema(required)]
    pub outcome_place: Option<u64>,
}

/// Somebody who keeps checkpoints beside us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWitness {
    /// What it is called here.
    pub name: String,
    /// Where its checkpoints are: `file:/path`, or the URL of a witness that cosigns (C2SP tlog-witness).
    #[schema(example = "https://witness.example.com/peta")]
    pub place: String,
    /// Of one by URL: the key that it cosigns by, as signed-note writes it (type 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Of one by `https://`: PEM of the certificate authorities to trust, in the place of all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
}

/// A witness, and the newest checkpoint that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Witness {
    pub name: String,
    pub place: String,
    /// When it was added.
    #[schema(value_type = MomentText)]
    pub added: Moment,
    /// The size of the tree in the newest checkpoint that it has; `null` while it has none.
    #[schema(required)]
    pub size: Option<u64>,
    /// Since when.
    #[schema(required, value_type = Option<MomentText>)]
    pub at: Option<Moment>,
    /// The key that it cosigns by; `null` for a file.
    #[schema(required)]
    pub key: Option<String>,
    /// Why it does not cosign what is newer; `null` if it does.
    #[schema(required)]
    pub trouble: Option<WitnessTrouble>,
}

/// Why a witness by URL does not cosign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WitnessTrouble {
    /// The error that explains it.
    pub code: String,
    pub why: String,
    #[schema(value_type = MomentText)]
    pub since: Moment,
}

/// The key that signs the record from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogKeyRotated {
    /// The log's name.
    pub log: String,
    /// The new key, as signed-note writes it.
    pub key: String,
    /// The smallest tree that it signs.
    pub from: u64,
    /// Until then the key before signs beside it.
    #[schema(value_type = MomentText)]
    pub until: Moment,
}

/// A log of somebody else's that is to be cosigned here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewForeignLog {
    /// What it is called here.
    pub name: String,
    /// The key that it signs by, as signed-note writes it (type 1); what it calls itself is the name in it.
    #[schema(example = "peta-8d0c…/default/record+0a1b2c3d+AV…")]
    pub key: String,
}

/// A log of somebody else's that is cosigned here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForeignLog {
    pub name: String,
    /// What it calls itself.
    pub log: String,
    pub key: String,
    /// When it was added.
    #[schema(value_type = MomentText)]
    pub added: Moment,
    /// How many entries were cosigned last; `null` while none were.
    #[schema(required)]
    pub size: Option<u64>,
    /// When.
    #[schema(required, value_type = Option<MomentText>)]
    pub at: Option<Moment>,
    /// The key that it is cosigned by: whoever keeps the log needs it.
    pub cosigned_by: String,
}

/// Something that must be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// What it is called here.
    pub name: String,
    /// Whose part of the record; all of it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Why, such as the number of a case.
    pub reason: String,
}

/// A legal hold: while it stands, nothing that it is on is erased or expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    pub name: String,
    /// Whose part of the record; `null` for all of it.
    #[schema(required)]
    pub person: Option<String>,
    pub reason: String,
    /// When it was added.
    #[schema(value_type = MomentText)]
    pub added: Moment,
}

/// Whom to erase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Erase {
    /// The person, by the name that agents and credentials have.
    pub person: String,
    /// Only tell what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// What an erasure did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Erasure {
    /// What stands for the person in the record's public parts, from now on for nobody.
    pub subject: String,
    /// Whether it was done.
    pub done: bool,
    /// What stands in the way; empty when it was done.
    pub in_the_way: Vec<String>,
    /// From then on no backup opens for the person either; `null` if it was not done.
    #[schema(required, value_type = Option<MomentText>)]
    pub backups_end: Option<Moment>,
}

/// What may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Expire {
    /// What is older than this, in whole files of the record.
    #[schema(value_type = MomentText)]
    pub before: Moment,
    /// Only tell what would go.
    #[serde(default)]
    pub dry_run: bool,
}

/// What expired, or would: whole files of the record, from its oldest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Expired {
    /// Whether it was done. The files are deleted when the event that tells of it is signed, within seconds.
    pub done: bool,
    pub files: u64,
    pub bytes: u64,
    /// The numbers of the first and of the last entry; `null` if there is nothing.
    #[schema(required)]
    pub from: Option<u64>,
    #[schema(required)]
    pub to: Option<u64>,
    /// When the last of these entries is of.
    #[schema(required, value_type = Option<MomentText>)]
    pub until: Option<Moment>,
    /// What keeps older entries, or all of them; `null` if nothing does.
    #[schema(required)]
    pub in_the_way: Option<String>,
    /// The number of the event that tells of it; `null` if it was not done.
    #[schema(required)]
    pub event: Option<u64>,
}
