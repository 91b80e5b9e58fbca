//! The vault: whether it is locked, what its keys are, and what can be done with them. No key is in any answer.

use peta_model::Moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{secret::Secret, word::MomentText};

/// The vault, as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VaultStatus {
    /// Locked, it lends nothing and stores nothing.
    pub locked: bool,
    pub root: VaultRoot,
    /// The keys that secrets and digests are sealed under, newest first.
    pub keys: Vec<VaultKey>,
    pub memory: VaultMemory,
    /// Loans that are open now.
    pub leases_open: u64,
    /// How many credentials there are.
    pub credentials: u64,
    /// What is being rotated; `null` for nothing.
    #[schema(required)]
    pub rotation: Option<VaultRotation>,
}

/// What wraps the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VaultRoot {
    /// Who keeps it; `null` while there is none.
    #[schema(required, example = "key-file")]
    pub kind: Option<String>,
    /// When it was made; `null` while there is none.
    #[schema(required, value_type = Option<MomentText>)]
    pub made: Option<Moment>,
    /// Whether `unlock` needs a passphrase.
    pub passphrase: bool,
    /// Wrong passphrases in a row.
    pub wrong: u32,
    /// Before this no passphrase is tried; `null` when one may be.
    #[schema(required, value_type = Option<MomentText>)]
    pub wait_until: Option<Moment>,
    /// Why it is locked, if something is wrong; `null` otherwise.
    #[schema(required)]
    pub trouble: Option<String>,
}

/// A key, without the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VaultKey {
    pub id: String,
    /// `vault` seals credentials, `digest` makes fingerprints of them; `payload` seals the keys of the record's private parts and
    /// is wrapped under `beside`, `sign` seals keys that sign.
    #[schema(example = "vault")]
    pub purpose: String,
    /// `current`, or `retiring`: it opens what it sealed, and seals nothing new.
    #[schema(example = "current")]
    pub state: String,
    #[schema(value_type = MomentText)]
    pub made: Moment,
    /// How many secrets it may have sealed: they are counted in blocks.
    pub seals: u64,
}

/// Locked memory, where what is lent lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VaultMemory {
    /// Bytes in all.
    pub size: u64,
    /// Bytes that nothing has.
    pub free: u64,
    /// Whether the system keeps it out of swap.
    pub locked: bool,
}

/// A rotation that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VaultRotation {
    pub what: RotationKind,
    /// When it began.
    #[schema(value_type = MomentText)]
    pub began: Moment,
    /// How many things are done.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}

/// What is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RotationKind {
    /// The root: the keys stay and are wrapped under another one.
    Root,
    /// The key that credentials are sealed under; they are wrapped anew.
    Kek,
    /// All credentials are sealed anew, each under a key of its own that is new too.
    Reseal,
}

/// Who may keep the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RootKind {
    KeyFile,
    Passphrase,
    Env,
    File,
    Keychain,
    Transit,
    Aws,
    Gcp,
    Azure,
}

/// A passphrase.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultUnlock {
    /// Needed if the root is a passphrase.
    #[serde(default, serialize_with = "Secret::send_if", skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<Secret>,
}

/// What to look for in memory.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultDrill {
    /// 1 to 1,024 bytes that stand nowhere else.
    #[serde(serialize_with = "Secret::send")]
    pub canary: Secret,
}

/// What a drill did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VaultDrilled {
    /// How long the canary is lent from now on, in milliseconds. Then it is wiped.
    pub held_ms: u64,
    /// Loans that are open now.
    pub leases_open: u64,
}

/// What to make anew.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultRotate {
    pub what: RotationKind,
    /// Who keeps the new root. Only with `root`; the same one as now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<RootKind>,
    /// The new passphrase, if that is the new root; with `kek` the present one, if the root is a passphrase.
    #[serde(default, serialize_with = "Secret::send_if", skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<Secret>,
}

impl RotationKind {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Kek => "kek",
            Self::Reseal => "reseal",
        }
    }
}

impl RootKind {
    pub const ALL: [Self; 9] = [
        Self::KeyFile,
        Self::Passphrase,
        Self::Env,
        Self::File,
        Self::Keychain,
        Self::Transit,
        Self::Aws,
        Self::Gcp,
        Self::Azure,
    ];

    pub const fn word(self) -> &'static str {
        match self {
            Self::KeyFile => "key-file",
            Self::Passphrase => "passphrase",
            Self::Env => "env",
            Self::File => "file",
            Self::Keychain => "keychain",
            Self::Transit => "transit",
            Self::Aws => "aws",
            Self::Gcp => "gcp",
            Self::Azure => "azure",
        }
    }
}
