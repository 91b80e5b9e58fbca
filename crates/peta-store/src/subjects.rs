//! Whose the private parts of the record are. Each person, each agent and the installation itself have a key that their
//! parts are sealed under; it lies in the database, sealed under a key that does not. Erasing a person is destroying theirs.

mod concerned;
mod erase;
mod handle;
mod held;
mod keeper;
mod rows;
mod tending;

pub use concerned::Concerned;
pub use erase::Erased;
pub(crate) use handle::Subjects;
pub use keeper::{KeysFault, PayloadKeys};
pub use rows::NamedSubject;

#[cfg(test)]
pub(crate) mod tests;
