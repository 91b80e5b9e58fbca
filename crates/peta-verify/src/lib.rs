//! What an auditor needs to check a log without trusting who keeps it, written after the published formats alone and
//! without anything of Peta's own, so that it can be read in an hour.
//!
//! ```text
//! entry ─► leaf hash ─► tree (RFC 6962, 2.1) ─► root ─► checkpoint (C2SP tlog-checkpoint) ─► note with signatures
//!                          │                                                   (C2SP signed-note, tlog-cosignature)
//!                          └─► tiles (C2SP tlog-tiles), inclusion and consistency proofs
//! ```
//!
//! A checkpoint says: there were so many entries, and this hash stands for all of them in their order. Whoever keeps one
//! checkpoint sees any entry before its size that was changed, dropped or put elsewhere.

mod ascii;
mod checkpoint;
mod export;
mod fault;
mod folder;
mod hash;
mod key;
mod keys;
mod left_out;
mod note;
mod proof;
mod said;
mod story;
mod subject;
mod tile;
mod tree;

pub use ascii::{base64, unbase64};
pub use checkpoint::{Checkpoint, NoCheckpoint};
pub use export::{Trusted, Whole, check_export};
pub use fault::Fault;
pub use folder::{Folder, OnDisk};
pub use hash::{Hash, NoHash};
pub use key::{KeyId, NoKey, Signer, Verifier};
pub use keys::Keys;
pub use left_out::{LEFT_OUT, write as write_left_out};
pub use note::{NoNote, Note, Signature};
pub use proof::{Broken, check_consistency, check_inclusion, prove_consistency, prove_inclusion};
pub use said::payload_path;
pub use subject::{OfSubject, SUBJECT};
pub use tile::{BUNDLE_ENTRY, Bundle, NoTile, TILE, TilePath, Tiled, entries_path, root as root_of_row, tile_path};
pub use tree::{Edge, Nodes, root_of, subtree};
