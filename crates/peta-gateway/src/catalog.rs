//! What agents see: the lists of every server they may use, told apart by name, filtered by the same judge that decides
//! calls.

pub(crate) mod definition;
pub(crate) mod effective;
pub(crate) mod find;
pub(crate) mod listing;
pub(crate) mod names;
pub(crate) mod page;
pub(crate) mod rewrite;
pub(crate) mod view;
