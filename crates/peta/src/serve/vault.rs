//! The vault of this Core: its root and keys (`strongroom`), how it is opened (`opening`), and how its keys are rotated
//! (`rotate`).

mod chance;
mod deriving;
mod keeper;
mod opening;
mod payload;
mod progress;
mod refused;
mod rollback;
mod rotate;
mod steps;
mod strongroom;
mod tend;

pub(super) use strongroom::Strongroom;

/// Begins what goes on for as long as Core runs.
pub(super) fn keep(room: &Strongroom) {
    tokio::spawn(tend::sweep(room.safe().clone()));
    tokio::spawn(tend::tend(room.clone()));
}
