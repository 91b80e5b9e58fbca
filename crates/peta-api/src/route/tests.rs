use std::collections::BTreeSet;

use peta_model::Decision;

use super::*;
use crate::{EventQuery, GrantEntry, endpoint};

#[test]
fn targets_are_encoded() {
    let remove = endpoint::RemoveGrant::OPERATION;
    let entry = GrantEntry { agent: "a.b".parse().unwrap(), grant: "files/resource:file:///x y&z*".parse().unwrap() };
    assert_eq!(
        remove.target(&[], &entry),
        "/api/v1/grants?agent=a.b&grant=files%2Fresource%3Afile%3A%2F%2F%2Fx%20y%26z%2A"
    );
    assert_eq!(endpoint::TestServer::OPERATION.target(&["a/../b"], &()), "/api/v1/servers/a%2F..%2Fb/test");
    let query = EventQuery { decision: Some(Decision::Deny), limit: Some(5), follow: true, ..EventQuery::default() };
    assert_eq!(endpoint::ListEvents::OPERATION.target(&[], &query), "/api/v1/events?decision=deny&follow=true&limit=5");
}

#[test]
fn ids_and_addresses_are_unique() {
    let ids: BTreeSet<_> = endpoint::ALL.iter().map(|operation| operation.id).collect();
    let places: BTreeSet<_> =
        endpoint::ALL.iter().map(|operation| (operation.method.as_str(), operation.path)).collect();
    assert_eq!((ids.len(), places.len()), (endpoint::ALL.len(), endpoint::ALL.len()));
}

/// T63: whatever runs code or dials out.
#[test]
fn launch_needs_power() {
    let launching: Vec<_> = endpoint::ALL.iter().filter(|o| o.action == Action::ServerLaunch).map(|o| o.id).collect();
    assert_eq!(launching, ["add_server", "refresh_server", "test_server"]);
}
