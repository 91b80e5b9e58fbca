//! Key-encryption keys: what they are, how they stand in the store, and how often each may be used.

mod kek;
mod row;
mod wraps;

pub use kek::{Kek, KekId, Purpose};
pub use row::{KekRow, KekState, RowError};
pub use wraps::{BLOCK, Block, Due, LIMIT, ROTATE_AFTER, ROTATE_AT, Spent, Wrap, due, reserve};
