//! Where to dial: a URL, read strictly, and what an administrator who typed it may have meant by it. Odd spellings of
//! hosts are refused, not interpreted: two readers of one URL must not see two hosts.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::address::{Class, classify};

mod path;

/// A URL that may be dialled.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    tls: bool,
    host: Host,
    port: u16,
    path: String,
    reach: Reach,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    Ip(IpAddr),
    /// Lower case.
    Name(String),
}

/// How far a target reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Public addresses.
    Public,
    /// Loopback and private addresses, too: the URL names one plainly.
    Private,
    /// The metadata service of the cloud that Core runs in, and nothing else. No URL has this reach.
    Metadata,
}

/// Where the metadata services of AWS, Google and Azure are.
pub(crate) const METADATA: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

/// Why a URL is not dialled; the text says what to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("a URL begins with http:// or https://")]
    Scheme,
    #[error("a URL holds no user name or password")]
    UserInfo,
    #[error("a URL of a server has no fragment (#)")]
    Fragment,
    #[error("a URL has no white space, control or other characters that must be written with %")]
    Character,
    #[error("the host is no address or name in its plain form (names in other scripts are written as xn--)")]
    Host,
    #[error("the port is no number from 1 to 65535")]
    Port,
    #[error("a URL is at most 4,096 bytes long")]
    TooLong,
    #[error("that address may not be dialled: it is link-local, a cloud's metadata service, or reserved")]
    Forbidden,
}

/// Endings of names that no public server can have, by registration (RFC 6761, 6762, 8375, and `.internal`) or use.
const PRIVATE_ENDINGS: [&str; 6] = ["localhost", "local", "internal", "lan", "home.arpa", "test"];

impl Target {
    /// Reads a URL that an administrator typed.
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        Self::parse_with(url, &[])
    }

    /// The metadata service of the cloud that Core runs in, which lends the machine's own identity. For a key provider whose
    /// settings ask for it: no URL leads there, whoever typed it.
    pub fn cloud_metadata() -> Self {
        Self { tls: false, host: Host::Ip(METADATA), port: 80, path: "/".to_owned(), reach: Reach::Metadata }
    }

    /// The same, where names with these endings are private, too.
    pub(crate) fn parse_with(url: &str, private: &[String]) -> Result<Self, TargetError> {
        if url.len() > 4_096 {
            return Err(TargetError::TooLong);
        }
        if !url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'`')) {
            return Err(if url.is_ascii() { TargetError::Character } else { TargetError::Host });
        }
        if url.contains('#') {
            return Err(TargetError::Fragment);
        }
        let (scheme, rest) = url.split_once("://").ok_or(TargetError::Scheme)?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(TargetError::Scheme),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(TargetError::UserInfo);
        }
        let (host, port) = split_port(authority)?;
        let port = port.map_or(Ok(if tls { 443 } else { 80 }), read_port)?;
        let host = Host::parse(host)?;
        let reach = host.reach(private)?;
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { tls, host, port, path: path::plain(&path), reach })
    }

    /// What a document of this target refers to: a URL, or a path with or without a leading slash. Whatever is of
    /// another origin than this target does not inherit its reach.
    pub fn refer(&self, reference: &str) -> Result<Self, TargetError> {
        if reference.starts_with("//") {
            let scheme = if self.tls { "https:" } else { "http:" };
            return self.foreign(&format!("{scheme}{reference}"));
        }
        let scheme_end = reference.find("://").unwrap_or(usize::MAX);
        if scheme_end < reference.find(['/', '?']).unwrap_or(usize::MAX).saturating_add(1) {
            return self.foreign(reference);
        }
        let joined = path::join(&self.path, reference);
        let found = Self::parse_with(&format!("{}{joined}", self.origin()), &[])?;
        Ok(Self { reach: self.reach, ..found })
    }

    fn foreign(&self, url: &str) -> Result<Self, TargetError> {
        let found = Self::parse_with(url, &[])?;
        let reach = if found.same_origin(self) { self.reach } else { Reach::Public };
        Ok(Self { reach, ..found })
    }

    /// For a URL that its own user typed for his own use (the command line): private addresses are his to reach.
    pub fn allow_private(self) -> Self {
        Self { reach: Reach::Private, ..self }
    }

    pub fn same_origin(&self, other: &Self) -> bool {
        (self.tls, &self.host, self.port) == (other.tls, &other.host, other.port)
    }

    /// Scheme, host and port, as a URL has them.
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.authority())
    }

    /// Host and port; the scheme's own port is left out.
    pub fn authority(&self) -> String {
        let usual = if self.tls { 443 } else { 80 };
        if self.port == usual { self.host.to_string() } else { format!("{}:{}", self.host, self.port) }
    }

    pub fn is_tls(&self) -> bool {
        self.tls
    }

    pub fn host(&self) -> &Host {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// The same origin at another path, which is kept as it is.
    pub fn at(&self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self.clone() }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path)
    }
}

impl Host {
    /// A literal address or a name; nothing that could be read as either.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(TargetError::Host)?;
            return inner.parse::<Ipv6Addr>().map(|ip| Self::Ip(ip.into())).map_err(|_| TargetError::Host);
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Ip(address.into()));
        }
        let name = text.to_ascii_lowercase();
        let last = name.rsplit('.').next().unwrap_or_default();
        // Elsewhere `127.1`, `0x7f.1`, `017700000001` and `2130706433` are addresses.
        let numeric = last.bytes().all(|b| b.is_ascii_digit())
            || last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        if name.len() > 253 || numeric || !name.split('.').all(is_label) {
            return Err(TargetError::Host);
        }
        Ok(Self::Name(name))
    }

    fn reach(&self, private: &[String]) -> Result<Reach, TargetError> {
        match self {
            Self::Ip(address) => match classify(*address) {
                Class::Public => Ok(Reach::Public),
                Class::Private => Ok(Reach::Private),
                Class::Never => Err(TargetError::Forbidden),
            },
            Self::Name(name) => {
                let ends = |ending: &str| name.strip_suffix(ending).is_some_and(|s| s.is_empty() || s.ends_with('.'));
                let one_label = !name.contains('.');
                let known = PRIVATE_ENDINGS.iter().any(|ending| ends(ending));
                let told = private.iter().any(|ending| ends(ending.trim_start_matches('.')));
                Ok(if one_label || known || told { Reach::Private } else { Reach::Public })
            }
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Ip(address) => write!(f, "{address}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

fn is_label(label: &str) -> bool {
    let plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), TargetError> {
    if authority.starts_with('[') {
        let end = authority.find(']').ok_or(TargetError::Host)?;
        let (host, rest) = authority.split_at(end + 1);
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(TargetError::Host),
        };
    }
    match authority.split_once(':') {
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((authority, None)),
    }
}

fn read_port(text: &str) -> Result<u16, TargetError> {
    if text.is_empty() || text.len() > 5 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(TargetError::Port);
    }
    text.parse().ok().filter(|port| *port != 0).ok_or(TargetError::Port)
}

#[cfg(test)]
mod tests;
