//! The record bound into a tree (RFC 6962), and what is signed of it. The tree grows behind the record: entries are on the
//! disk before they are hashed, and hashed before a checkpoint is signed, so a checkpoint never speaks of what a power cut
//! could take. Its files stand in `record/tree`; their form is told in `docs/formats/record.md`.

mod check;
mod entries;
mod handle;
mod levels;
mod names;
mod note;

pub use check::Apart;
pub(crate) use check::{Head, Known, NOTICE, ORIGIN, TreeError, head};
pub use handle::Tree;
pub(crate) use names::{next, split};
pub use note::read;
pub(crate) use note::{checkpoint, keep};

#[cfg(test)]
mod tests;
