//! Everything that is `unsafe`, and the bookkeeping that it rests upon: the mapping (`pages`), who has which part of it
//! (`rooms`), the parts themselves (`piece`), and the allocator (`wiping`). What leaves this module is safe to use in
//! any way that compiles.

mod pages;
mod piece;
mod rooms;
mod wiping;

pub use pages::{Locked, MapError};
pub(crate) use piece::{Ground, Piece};
pub use rooms::UNIT;
pub use wiping::Wiping;
