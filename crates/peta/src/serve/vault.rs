//! The vault of this Core: its root and keys (`strongroom`), and their rotation (`rotate`).

mod chance;
mod deriving;
mod keeper;
mod progress;
mod refused;
mod rollback;
mod rotate;
mod strongroom;

pub(super) use strongroom::Strongroom;
