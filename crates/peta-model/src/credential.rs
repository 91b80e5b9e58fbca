//! What an administrator writes down about a credential: its name, whose it is, and where it goes. The secret itself is
//! never here.

use serde::{Deserialize, Serialize};

/// How a server is given a credential.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Delivery {
    /// A header of each request; `{}` in the template is the secret.
    Header { name: String, template: String },
    /// A parameter of each request's query.
    Query { name: String },
    /// A cookie of each request.
    Cookie { name: String },
    /// HTTP Basic (RFC 7617): this user, and the secret as the password.
    Basic { user: String },
    /// An environment variable of the process, for its life.
    Env { variable: String },
    /// A file descriptor that can be read once; the variable holds its number.
    Fd { variable: String },
    /// A file in memory that only the server's user can read; the variable holds its path.
    File { variable: String },
}

/// How long what is delivered is out of Peta's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryClass {
    /// Lent to one request, at most 30 seconds.
    Request,
    /// Handed over once, by file descriptor.
    Fd,
    /// Handed over once, by file.
    File,
    /// Handed over for the life of the process.
    Env,
    /// Lent to one request of the server's own, put in by a proxy on its way out. Not built yet.
    Proxied,
}

/// Whose a credential is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// One person's.
    User(String),
    /// Of everybody in a group.
    Group(String),
    /// Of everybody who may use the server.
    Shared,
}

/// A server's setting: whose credential its calls carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    User,
    Group,
    Shared,
    #[default]
    UserThenShared,
}

impl Owner {
    /// The one person whose it is, if it is one person's.
    pub fn person(&self) -> Option<&str> {
        match self {
            Self::User(person) => Some(person),
            Self::Group(_) | Self::Shared => None,
        }
    }
}

impl Delivery {
    pub const fn class(&self) -> DeliveryClass {
        match self {
            Self::Header { .. } | Self::Query { .. } | Self::Cookie { .. } | Self::Basic { .. } => {
                DeliveryClass::Request
            }
            Self::Env { .. } => DeliveryClass::Env,
            Self::Fd { .. } => DeliveryClass::Fd,
            Self::File { .. } => DeliveryClass::File,
        }
    }

    /// Where it goes: two credentials of one owner cannot go to the same place.
    pub fn place(&self) -> String {
        match self {
            Self::Header { name, .. } => format!("header:{}", name.to_ascii_lowercase()),
            Self::Basic { .. } => "header:authorization".to_owned(),
            Self::Query { name } => format!("query:{name}"),
            Self::Cookie { name } => format!("cookie:{name}"),
            Self::Env { variable } | Self::Fd { variable } | Self::File { variable } => format!("variable:{variable}"),
        }
    }

    /// Whether this is its [place](Self::place).
    pub fn is_at(&self, place: &str) -> bool {
        let Some((kind, at)) = place.split_once(':') else { return false };
        match self {
            Self::Header { name, .. } => kind == "header" && at == name.to_ascii_lowercase(),
            Self::Basic { .. } => kind == "header" && at == "authorization",
            Self::Query { name } => kind == "query" && at == name,
            Self::Cookie { name } => kind == "cookie" && at == name,
            Self::Env { variable } | Self::Fd { variable } | Self::File { variable } => {
                kind == "variable" && at == variable
            }
        }
    }
}

impl DeliveryClass {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Fd => "fd",
            Self::File => "file",
            Self::Env => "env",
            Self::Proxied => "proxied",
        }
    }

    /// Whether a server keeps what it was given, as long as it likes.
    pub const fn is_handed_over(self) -> bool {
        matches!(self, Self::Fd | Self::File | Self::Env)
    }
}

/// How a client that was entered proves at an authorization server that it has its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// In a header, as the user and password of HTTP Basic (`client_secret_basic`).
    Basic,
    /// In the request's body (`client_secret_post`).
    Post,
}

impl ClientAuth {
    pub const ALL: [Self; 2] = [Self::Basic, Self::Post];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Post => "post",
        }
    }
}

impl Whose {
    pub const ALL: [Self; 4] = [Self::User, Self::Group, Self::Shared, Self::UserThenShared];

    /// As an administrator writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Shared => "shared",
            Self::UserThenShared => "user-then-shared",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|whose| whose.name() == name)
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(name) => write!(f, "user {name}"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::Shared => f.write_str("shared"),
        }
    }
}
