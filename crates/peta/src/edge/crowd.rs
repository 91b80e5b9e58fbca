//! How many connections one address has open, so that nobody takes them all (security.md T04).

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::Hops;

/// Counts connections by address; an IPv6 /64 counts as one, for whoever has one address of it has them all.
#[derive(Debug, Clone)]
pub(crate) struct Crowd(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: u32,
    most_loopback: u32,
    /// Behind these are many: they get as much room as this machine itself.
    proxies: Hops,
    open: Mutex<HashMap<IpAddr, u32>>,
}

/// One connection's place; leaving it frees it.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Arc<Inner>,
    address: IpAddr,
}

impl Crowd {
    pub(crate) fn new(most: u32, most_loopback: u32, proxies: Hops) -> Self {
        Self(Arc::new(Inner { most, most_loopback, proxies, open: Mutex::new(HashMap::new()) }))
    }

    /// A place for one more connection from there, if there is one.
    pub(crate) fn enter(&self, from: IpAddr) -> Option<Place> {
        let address = group(from);
        let many = from.to_canonical().is_loopback() || self.0.proxies.names(from);
        let most = if many { self.0.most_loopback } else { self.0.most };
        let mut open = self.0.lock();
        let count = open.entry(address).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { crowd: Arc::clone(&self.0), address })
    }

    /// How many connections are open in all.
    pub(crate) fn count(&self) -> u64 {
        self.0.lock().values().map(|count| u64::from(*count)).sum()
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.crowd.lock();
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// The address that counts: an IPv6 /64 counts as one.
pub(super) fn group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let prefix = u128::from(address) >> 64 << 64;
            IpAddr::V6(prefix.into())
        }
    }
}

#[cfg(test)]
mod tests;
