//! Which addresses may be dialled: pure tables, no sockets. When in doubt, an address is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Any target may reach it.
    Public,
    /// Only a target whose URL an administrator typed with it.
    Private,
    /// No target may: link-local, cloud metadata, and what is no address of a service at all.
    Never,
}

/// What the address is good for.
pub fn classify(address: IpAddr) -> Class {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => classify_v6(address),
    }
}

/// Metadata services of clouds that stand on addresses of no forbidden range.
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

fn classify_v4(address: Ipv4Addr) -> Class {
    if METADATA_V4.contains(&address) {
        return Class::Never;
    }
    match address.octets() {
        // This network; link-local (metadata of most clouds); multicast and reserved, broadcast included.
        [0, ..] | [169, 254, ..] | [224..=255, ..] => Class::Never,
        // Protocol assignments (192.0.0.192 is a metadata service), documentation, 6to4 relays, benchmarking.
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => {
            Class::Never
        }
        [127 | 10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Class::Private,
        _ => Class::Public,
    }
}

fn classify_v6(address: Ipv6Addr) -> Class {
    if METADATA_V6.contains(&address) {
        return Class::Never;
    }
    if address == Ipv6Addr::LOCALHOST {
        return Class::Private;
    }
    match address.segments() {
        // Unspecified, IPv4-compatible, IPv4-mapped and IPv4-translated: plain IPv4 has a plain spelling.
        [0, 0, 0, 0, 0 | 0xffff, 0 | 0xffff, _, _] => Class::Never,
        // Addresses that stand for an IPv4 address are as good as that one, if that one is public.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => embedded(high, low),
        // Teredo: server and client, the client's bits inverted.
        [0x2001, 0, server_high, server_low, _, _, high, low] => {
            if embedded(server_high, server_low) == Class::Public {
                embedded(!high, !low)
            } else {
                Class::Never
            }
        }
        // Local-use NAT64, discard-only, the rest of 2001::/23, documentation, segment routing.
        [0x64, 0xff9b, 1, ..] | [0x100, ..] | [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x5f00, ..] => {
            Class::Never
        }
        [0x3fff, 0..=0xfff, ..] => Class::Never,
        // Unique local.
        [0xfc00..=0xfdff, ..] => Class::Private,
        // Link-local, site-local, multicast, and all else above.
        [0xfe00..=0xffff, ..] => Class::Never,
        // What the registries give out today.
        [0x2000..=0x3fff, ..] => Class::Public,
        _ => Class::Never,
    }
}

fn embedded(high: u16, low: u16) -> Class {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    match classify_v4(Ipv4Addr::new(a, b, c, d)) {
        Class::Public => Class::Public,
        Class::Private | Class::Never => Class::Never,
    }
}

#[cfg(test)]
mod tests;
