//! Settings: which root, and how it is reached. An empty text means: not set. No setting holds a secret: they name the
//! variables and files that do.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What the vault's keys are wrapped under.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub root: Kind,
    /// Not set: `vault.key` in the data directory; whoever opens it says so.
    pub key_file: PathBuf,
    pub env: Env,
    pub file: Mounted,
    pub keychain: Keychain,
    pub transit: Transit,
    pub aws: Aws,
    pub gcp: Gcp,
    pub azure: Azure,
}

/// The kinds of roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    #[default]
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Env {
    /// The variable that holds the key: 64 hexadecimal digits, or 44 characters of base64.
    pub variable: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mounted {
    /// The file that holds the key, in the same form; read anew at each unlock.
    pub path: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keychain {
    /// What the entry is called there. The account is the installation.
    pub service: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transit {
    /// `https://vault.example.com:8200`
    pub address: String,
    /// The address that the rows know the key by, if the server moved to another one and kept its keys.
    pub known_as: String,
    pub namespace: String,
    pub mount: String,
    pub key: String,
    /// The key was made with `derived=true`.
    pub derived: bool,
    /// Where the token is: a variable, or a file that an agent renews, which is read for each request and goes first.
    pub token_variable: String,
    pub token_file: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Aws {
    /// The key's ARN or its identifier; no alias, since that may mean another key tomorrow.
    pub key: String,
    /// Not set: the ARN's, then `AWS_REGION`, then `AWS_DEFAULT_REGION`.
    pub region: String,
    /// Not set: the region's.
    pub endpoint: String,
    /// The region's STS, where it is not the usual one; for tokens of Kubernetes only.
    pub sts_endpoint: String,
    /// A file in the form of `~/.aws/credentials`, read for each request. Not set: the usual variables.
    pub credentials_file: PathBuf,
    pub profile: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gcp {
    /// `projects/…/locations/…/keyRings/…/cryptoKeys/…`, without a version.
    pub key: String,
    /// Not set: Google's.
    pub endpoint: String,
    /// A token that somebody else renews, read for each request; goes first.
    pub token_file: PathBuf,
    /// A service account's key. Not set: the file that `GOOGLE_APPLICATION_CREDENTIALS` names.
    pub account_file: PathBuf,
    /// Where tokens are given for it. Not set: where the file says.
    pub token_endpoint: String,
    /// Ask the machine's metadata service for a token, where none of these is set.
    pub metadata: bool,
    /// Not set: 169.254.169.254.
    pub metadata_endpoint: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Azure {
    /// `https://NAME.vault.azure.net`, or `https://NAME.managedhsm.azure.net`.
    pub vault: String,
    pub key: String,
    /// The version to wrap with. Not set: the newest. Rows remember theirs.
    pub version: String,
    pub algorithm: AzureAlgorithm,
    /// Where the vault is reached, if not at its own address.
    pub endpoint: String,
    /// Directory and application. Not set: `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`.
    pub tenant: String,
    pub client: String,
    /// A token that somebody else renews, read for each request; goes first.
    pub token_file: PathBuf,
    /// The application's secret: a file, or a variable.
    pub secret_file: PathBuf,
    pub secret_variable: String,
    /// Workload identity: the file with Kubernetes' token. Not set: `AZURE_FEDERATED_TOKEN_FILE`.
    pub federated_token_file: PathBuf,
    /// Where tokens are given. Not set: `AZURE_AUTHORITY_HOST`, then Microsoft's.
    pub authority: String,
    /// Ask the machine's metadata service for a token, where none of these is set.
    pub metadata: bool,
    /// Not set: 169.254.169.254.
    pub metadata_endpoint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum AzureAlgorithm {
    #[default]
    #[serde(rename = "RSA-OAEP-256")]
    RsaOaep256,
    /// Keys of Managed HSM that are symmetric.
    #[serde(rename = "A256KW")]
    A256Kw,
}

impl Kind {
    const ALL: [Self; 9] = [
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

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub const fn name(self) -> &'static str {
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

impl Default for Env {
    fn default() -> Self {
        Self { variable: "PETA_VAULT_KEY".to_owned() }
    }
}

impl Default for Keychain {
    fn default() -> Self {
        Self { service: "peta-vault".to_owned() }
    }
}

impl Default for Transit {
    fn default() -> Self {
        let none = String::new;
        Self {
            address: none(),
            known_as: none(),
            namespace: none(),
            mount: "transit".to_owned(),
            key: "peta".to_owned(),
            derived: false,
            token_variable: "VAULT_TOKEN".to_owned(),
            token_file: PathBuf::new(),
        }
    }
}

impl Default for Aws {
    fn default() -> Self {
        let none = String::new;
        Self {
            key: none(),
            region: none(),
            endpoint: none(),
            sts_endpoint: none(),
            credentials_file: PathBuf::new(),
            profile: "default".to_owned(),
        }
    }
}

impl Default for Azure {
    fn default() -> Self {
        let (none, no_file) = (String::new, PathBuf::new);
        Self {
            vault: none(),
            key: none(),
            version: none(),
            algorithm: AzureAlgorithm::default(),
            endpoint: none(),
            tenant: none(),
            client: none(),
            token_file: no_file(),
            secret_file: no_file(),
            secret_variable: "AZURE_CLIENT_SECRET".to_owned(),
            federated_token_file: no_file(),
            authority: none(),
            metadata: false,
            metadata_endpoint: none(),
        }
    }
}
