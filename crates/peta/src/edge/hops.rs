//! From which address a request came: the peer's own, or, where the peer is a named proxy, the right-most hop that it
//! does not know (security.md T13). Nobody else's word on that is listened to.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use peta_model::Code;

use crate::config::Network;

/// Where proxies write whom they spoke to; each adds its peer at the end.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The named proxies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hops(Vec<Network>);

impl Hops {
    pub(crate) fn new(proxies: &[Network]) -> Self {
        Self(proxies.to_vec())
    }

    /// Whether this is one of the named proxies.
    pub(crate) fn names(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }

    /// Whose request it is. What must be read and cannot be is refused: guessing would let a limit be dodged.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Result<IpAddr, Code> {
        let mut client = peer;
        if self.0.is_empty() || !self.names(peer) {
            return Ok(client);
        }
        // What stands left of the first unknown hop was written by nobody who is trusted, and is not read.
        for value in headers.get_all(FORWARDED_FOR).iter().rev() {
            let hops = value.to_str().map_err(|_| Code::BAD_FORWARDED)?;
            for hop in hops.rsplit(',') {
                client = read(hop.trim_matches([' ', '\t'])).ok_or(Code::BAD_FORWARDED)?;
                if !self.names(client) {
                    return Ok(client);
                }
            }
        }
        Ok(client)
    }
}

/// An address, with or without a port.
fn read(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = bare.map_or_else(|| hop.parse().ok(), |inner| inner.parse().ok().filter(IpAddr::is_ipv6));
    address.or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip())).map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests;
