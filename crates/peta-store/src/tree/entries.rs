//! The entries themselves, out of the record.

use std::{io, ops::Range};

use crate::record::{Blocks, View, leaves};
use peta_audit::Leaf;

/// Gives each entry of a stretch of the tree, in order; where nothing stands, the entry that says so.
pub(super) fn stretch(view: &View, places: Range<u64>, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut blocks = Blocks::new(view);
    let missing = Leaf::Missing.to_bytes();
    let mut next = places.start;
    let mut spot = blocks.spot(places.start + 1)?;
    while let Some(here) = spot.filter(|_| next < places.end) {
        if blocks.first(here)? > places.end {
            break;
        }
        blocks.read(here, |number, item| {
            leaves(number, &item, |place, leaf| {
                if place < next || place >= places.end {
                    return;
                }
                (next..place).for_each(|_| each(&missing));
                each(&leaf);
                next = place + 1;
            });
        })?;
        spot = blocks.later(here)?;
    }
    (next..places.end).for_each(|_| each(&missing));
    Ok(())
}
