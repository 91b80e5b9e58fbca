//! Where the record is sent: a URL whose scheme names the kind of receiver, as `splunk+https://collector.example:8088`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SinkKind {
    /// A file of this machine.
    File,
    /// Core's own standard output.
    Stdout,
    /// Syslog over TCP or TLS.
    Syslog,
    /// An OpenTelemetry collector.
    Otlp,
    /// Splunk's HTTP event collector.
    Splunk,
    /// Elasticsearch or OpenSearch.
    Elastic,
    /// Whoever takes signed requests.
    Webhook,
    /// Objects of an S3-compatible store.
    S3,
}

/// A sink's URL.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SinkUrl {
    kind: SinkKind,
    tls: bool,
    /// What stands behind the scheme and its colon.
    rest: String,
}

/// The text is no sink's URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SinkUrlError {
    #[error(
        "a sink's URL begins with file:/, stdout:, syslog://, syslog+tls://, otlp+https://, splunk+https://, \
         elastic+https://, webhook+https:// or s3+https://"
    )]
    Scheme,
    #[error("a sink's URL has at most 2,048 bytes, and no white space or control characters")]
    Characters,
    #[error("a file is named by its whole path: file:/var/log/peta.jsonl")]
    Path,
    #[error("standard output is written `stdout:`, with nothing behind it")]
    Stdout,
}

const LIMIT: usize = 2_048;

impl SinkKind {
    pub const ALL: [Self; 8] =
        [Self::File, Self::Stdout, Self::Syslog, Self::Otlp, Self::Splunk, Self::Elastic, Self::Webhook, Self::S3];

    pub const fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Stdout => "stdout",
            Self::Syslog => "syslog",
            Self::Otlp => "otlp",
            Self::Splunk => "splunk",
            Self::Elastic => "elastic",
            Self::Webhook => "webhook",
            Self::S3 => "s3",
        }
    }
}

impl SinkUrl {
    pub const fn kind(&self) -> SinkKind {
        self.kind
    }

    /// Whether what is sent goes under TLS.
    pub const fn is_tls(&self) -> bool {
        self.tls
    }

    /// Of a file.
    pub fn path(&self) -> &str {
        &self.rest
    }

    /// What is dialled, with the scheme that a dialler knows: `https://collector.example:8088`.
    pub fn address(&self) -> String {
        format!("{}:{}", if self.tls { "https" } else { "http" }, self.rest)
    }

    const fn scheme(&self) -> &'static str {
        match (self.kind, self.tls) {
            (SinkKind::File, _) => "file",
            (SinkKind::Stdout, _) => "stdout",
            (SinkKind::Syslog, false) => "syslog",
            (SinkKind::Syslog, true) => "syslog+tls",
            (SinkKind::Otlp, false) => "otlp+http",
            (SinkKind::Otlp, true) => "otlp+https",
            (SinkKind::Splunk, false) => "splunk+http",
            (SinkKind::Splunk, true) => "splunk+https",
            (SinkKind::Elastic, false) => "elastic+http",
            (SinkKind::Elastic, true) => "elastic+https",
            (SinkKind::Webhook, false) => "webhook+http",
            (SinkKind::Webhook, true) => "webhook+https",
            (SinkKind::S3, false) => "s3+http",
            (SinkKind::S3, true) => "s3+https",
        }
    }
}

impl FromStr for SinkUrl {
    type Err = SinkUrlError;

    fn from_str(text: &str) -> Result<Self, SinkUrlError> {
        let (scheme, rest) = text.split_once(':').ok_or(SinkUrlError::Scheme)?;
        let found = SinkKind::ALL.into_iter().flat_map(|kind| [(kind, false), (kind, true)]);
        let mut found = found.map(|(kind, tls)| Self { kind, tls, rest: rest.to_owned() });
        let url = found.find(|url| url.scheme() == scheme).ok_or(SinkUrlError::Scheme)?;
        // A path may hold spaces; nothing holds what forges lines.
        let spaces = url.kind == SinkKind::File;
        if text.len() > LIMIT || text.chars().any(|c| c.is_control() || (c.is_whitespace() && !(spaces && c == ' '))) {
            return Err(SinkUrlError::Characters);
        }
        match url.kind {
            SinkKind::File if !rest.starts_with('/') || rest.ends_with('/') => Err(SinkUrlError::Path),
            SinkKind::Stdout if !rest.is_empty() => Err(SinkUrlError::Stdout),
            SinkKind::File | SinkKind::Stdout => Ok(url),
            _ if rest.starts_with("//") => Ok(url),
            _ => Err(SinkUrlError::Scheme),
        }
    }
}

impl fmt::Display for SinkUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme(), self.rest)
    }
}

impl fmt::Debug for SinkUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for SinkUrl {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SinkUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
