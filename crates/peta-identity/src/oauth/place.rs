//! URLs that strangers name, read before anything is sent there. The text stays as it was written, for identifiers are
//! compared as text; where it leads is read by the dialer's own reader, so that both see the same host.

use std::fmt;

use peta_dial::{Host, Reach, Target, TargetError};

/// A URL with where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    text: String,
    target: Target,
}

/// How far what a server refers to may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounds {
    /// To public addresses.
    Public,
    /// To private ones, too: the server's own URL, which an administrator typed, names one plainly.
    Private,
}

impl Bounds {
    /// As far as a target that an administrator typed reaches itself.
    pub fn of(target: &Target) -> Self {
        if target.reach() == Reach::Private { Self::Private } else { Self::Public }
    }
}

/// Why nothing is sent to a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    #[error("the URL cannot be used: {0}")]
    Url(#[from] TargetError),
    #[error("the URL must begin with https://")]
    NotHttps,
    #[error("the URL leads to a private address, and the server is a public one")]
    Private,
}

impl Place {
    /// An MCP server's URL, as an administrator typed it.
    pub fn server(url: &str) -> Result<Self, PlaceError> {
        Ok(Self { text: url.to_owned(), target: Target::parse(url)? })
    }

    /// How far what this server refers to may lead, by its URL alone.
    pub fn bounds(&self) -> Bounds {
        Bounds::of(&self.target)
    }

    /// A URL that a stranger named: https, and no private address unless the server is at one. Plain http goes to this
    /// machine alone, and from a server at a private address.
    pub fn named(url: &str, bounds: Bounds) -> Result<Self, PlaceError> {
        let target = Target::parse(url)?;
        if target.reach() == Reach::Private && bounds == Bounds::Public {
            return Err(PlaceError::Private);
        }
        if !target.is_tls() && !is_loopback(target.host()) {
            return Err(PlaceError::NotHttps);
        }
        Ok(Self { text: url.to_owned(), target })
    }

    /// A URL that this place's own documents name: anything of the same origin, or what a stranger may name.
    pub fn refer(&self, url: &str, bounds: Bounds) -> Result<Self, PlaceError> {
        match Target::parse(url) {
            Ok(target) if target.same_origin(&self.target) => Ok(Self { text: url.to_owned(), target }),
            _ => Self::named(url, bounds),
        }
    }

    /// Another path of the same origin.
    pub fn at(&self, path: &str) -> Self {
        let target = self.target.at(path);
        Self { text: target.to_string(), target }
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        self.target.origin()
    }

    /// The path without query, and without a slash at its end.
    pub fn path(&self) -> &str {
        self.target.path().split('?').next().unwrap_or_default().trim_end_matches('/')
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether the other is this place or something under it, by whole segments of its path.
    pub fn holds(&self, other: &Self) -> bool {
        let under = other.path().strip_prefix(self.path()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let query = self.target.path().split_once('?').map(|(_, query)| query);
        self.target.same_origin(&other.target)
            && under
            && (query.is_none() || self.target.path() == other.target.path())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a redirect URI is one that may be used: https, or this machine.
pub(super) fn may_redirect_to(uri: &str) -> bool {
    Target::parse(uri).is_ok_and(|target| target.is_tls() || is_loopback(target.host()))
}

/// Whether a URL names this machine.
pub(super) fn names_this_machine(uri: &str) -> bool {
    Target::parse(uri).is_ok_and(|target| is_loopback(target.host()))
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Ip(address) => address.is_loopback(),
        Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests;
