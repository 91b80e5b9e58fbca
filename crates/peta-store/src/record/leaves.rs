//! From entries to the leaves of the tree: number `n` of the record is the entry `n - 1` of the tree. A number under which
//! nothing stands has a leaf that says so, so that places in both never come apart.

use peta_audit::Leaf;

use super::decode::Item;

/// Gives what stands in the tree for an entry: its place there, and its bytes.
pub(crate) fn leaves(number: u64, item: &Item<'_>, mut each: impl FnMut(u64, Vec<u8>)) {
    let Some(place) = number.checked_sub(1) else { return };
    let mut put = |place, leaf: Leaf<'_>| each(place, leaf.to_bytes());
    match item {
        Item::Carried { .. } => {}
        Item::Boot(boot, at) => put(place, Leaf::Boot(*boot, *at)),
        Item::Closed(at) => put(place, Leaf::Closed(*at)),
        Item::Mark(at) => put(place, Leaf::Mark(*at)),
        Item::Intent(line) => put(place, Leaf::Intent(line.public())),
        Item::Ending(event, end) => put(place, Leaf::Outcome(end.outcome(*event))),
        Item::Whole(line, end) => {
            put(place, Leaf::Intent(line.public()));
            put(place + 1, Leaf::Outcome(end.outcome(number)));
        }
    }
}
