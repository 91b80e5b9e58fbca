//! Who may be asked for, and from where: the `Host` and `Origin` checks (security.md T01, contract.md 2).
//!
//! They hold for both wings and come before authentication, so that a page in a browser that resolved its own name
//! to this machine gets nothing but a refusal.

use std::{net::SocketAddr, str::FromStr as _};

use http::{HeaderMap, HeaderValue, Uri, header, uri::Authority};
use peta_model::Code;

use crate::config::PublicUrl;

/// What one listener answers to.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    /// The port that a host without one means.
    usual_port: u16,
    hosts: Vec<(String, u16)>,
    origins: Vec<PublicUrl>,
}

impl Gate {
    /// The gate of a listener at `address`, as bound.
    pub(crate) fn new(address: SocketAddr, tls: bool, public_urls: &[PublicUrl], origins: &[PublicUrl]) -> Self {
        let own = match address {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        };
        let mut hosts: Vec<(String, u16)> = [own.as_str(), "localhost", "127.0.0.1", "[::1]"]
            .into_iter()
            .map(|host| (host.to_owned(), address.port()))
            .collect();
        hosts.extend(public_urls.iter().map(|url| (url.host.clone(), url.port)));
        hosts.sort();
        hosts.dedup();
        Self { usual_port: if tls { 443 } else { 80 }, hosts, origins: origins.to_vec() }
    }

    /// Checks both. `uri` is the request's: HTTP/2 names the host there.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap, skip_host: bool) -> Result<(), Code> {
        if !skip_host && !self.host_fine(uri, headers) {
            return Err(Code::HOST_REFUSED);
        }
        if self.origin_fine(headers) { Ok(()) } else { Err(Code::ORIGIN_REFUSED) }
    }

    fn host_fine(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let Ok(named) = sole(headers, &header::HOST) else { return false };
        let named = named.map(|value| value.to_str().ok().and_then(|text| Authority::from_str(text).ok()));
        match (named, uri.authority()) {
            (Some(None), _) | (None, None) => false,
            (Some(Some(host)), None) => self.knows(&host),
            (None, Some(authority)) => self.knows(authority),
            (Some(Some(host)), Some(authority)) => host == *authority && self.knows(authority),
        }
    }

    fn knows(&self, authority: &Authority) -> bool {
        // `user@host` is no host, and a port that is no number is none either.
        let text = authority.as_str();
        if text.contains('@') || text.ends_with(':') || (authority.port().is_some() && authority.port_u16().is_none()) {
            return false;
        }
        let (host, port) = (authority.host().to_ascii_lowercase(), authority.port_u16());
        // A public URL with https behind a proxy is asked for without a port, whatever this listener speaks.
        self.hosts.iter().any(|(known, known_port)| {
            *known == host
                && port.map_or(*known_port == self.usual_port || *known_port == 443, |port| port == *known_port)
        })
    }

    fn origin_fine(&self, headers: &HeaderMap) -> bool {
        match sole(headers, &header::ORIGIN) {
            Err(Several) => false,
            Ok(None) => true,
            Ok(Some(value)) => value.to_str().ok().is_some_and(|origin| self.trusts(origin)),
        }
    }

    fn trusts(&self, origin: &str) -> bool {
        let Ok(url) = PublicUrl::from_str(origin) else { return false };
        // An origin has no path, not even an empty one.
        if origin.ends_with('/') {
            return false;
        }
        self.origins.contains(&url) || self.hosts.iter().any(|(host, port)| *host == url.host && *port == url.port)
    }
}

/// A header stands more than once.
struct Several;

/// The one value of a header, if there is one.
fn sole<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Result<Option<&'a HeaderValue>, Several> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err(Several) } else { Ok(first) }
}

#[cfg(test)]
mod tests;
