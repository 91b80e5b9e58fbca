//! The search for what a server was handed, in all that it says. What is found is cut, and told of.

use std::sync::Arc;

use bytes::Bytes;
use peta_runtime::{Echoed, Filter, Sieve};
use peta_vault::sanitize::{Cutter, LiveSet, Rules, Style, Uncut, cut_json};

use super::told::Told;

/// Of one server.
pub(super) struct Search {
    pub(super) set: Arc<LiveSet>,
    pub(super) told: Told,
}

/// Members whose value says how a message is to be read: a message in which one would have to be cut is not heard.
fn rules() -> Rules {
    Rules {
        style: |key| match key {
            b"jsonrpc" | b"id" | b"method" | b"progressToken" => Style::Refuse,
            // Names and cursors are given back as they are: of the same length they stay names.
            b"name" | b"uri" | b"uriTemplate" | b"nextCursor" | b"cursor" | b"taskId" | b"mimeType" => Style::Filler,
            _ => Style::Marker,
        },
    }
}

impl Filter for Search {
    fn message(&self, text: &Bytes) -> Result<Option<Bytes>, Echoed> {
        match cut_json(&self.set, rules(), text) {
            Ok((_, cuts)) if cuts.is_empty() => Ok(None),
            Ok((clean, cuts)) => {
                self.told.cut(cuts);
                Ok(Some(clean))
            }
            Err(Uncut::NotJson) => Err(Echoed::NotJson),
            Err(Uncut::Refused) => {
                self.told.uncut();
                Err(Echoed::Uncut)
            }
        }
    }

    fn line(&self, text: &[u8]) -> Vec<u8> {
        let mut cutter = Cutter::stream(&self.set);
        // A stream is cut everywhere: nothing in it is refused.
        if cutter.push(Bytes::copy_from_slice(text)).and_then(|()| cutter.end()).is_err() {
            return Vec::new();
        }
        let mut out = Vec::with_capacity(text.len());
        while let Some(part) = cutter.next_part() {
            out.extend_from_slice(&part);
        }
        self.told.cut(cutter.take_cuts());
        out
    }

    fn sieve(&self) -> Box<dyn Sieve> {
        Box::new(Pieces { cutter: Cutter::json(&self.set, rules()), told: self.told.clone() })
    }
}

struct Pieces {
    cutter: Cutter,
    told: Told,
}

impl Sieve for Pieces {
    fn push(&mut self, piece: Bytes) -> Result<(), Echoed> {
        let pushed = self.cutter.push(piece);
        self.looked(pushed)
    }

    fn end(&mut self) -> Result<bool, Echoed> {
        let ended = self.cutter.end();
        let cuts = self.cutter.take_cuts();
        let has_cut = !cuts.is_empty();
        self.told.cut(cuts);
        self.looked(ended).map(|()| has_cut)
    }

    fn next_part(&mut self) -> Option<Bytes> {
        self.cutter.next_part()
    }
}

impl Pieces {
    fn looked(&self, looked: Result<(), Uncut>) -> Result<(), Echoed> {
        looked.map_err(|why| match why {
            Uncut::NotJson => Echoed::NotJson,
            Uncut::Refused => {
                self.told.uncut();
                Echoed::Uncut
            }
        })
    }
}
