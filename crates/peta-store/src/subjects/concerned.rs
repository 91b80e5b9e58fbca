//! Whom a private part concerns, as it is told and as it stands in the database.

use peta_model::AgentId;

/// Whom a private part of the record concerns.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Concerned {
    /// By name, as people's tokens and agents say whose they are.
    Person(Box<str>),
    Agent(AgentId),
    /// The installation itself, for what concerns no person; never erased.
    House,
}

impl Concerned {
    /// The two columns that say it.
    pub(super) fn columns(&self) -> (&'static str, String) {
        match self {
            Self::Person(name) => (PERSON, name.to_string()),
            Self::Agent(id) => ("agent", id.to_string()),
            Self::House => ("house", String::new()),
        }
    }
}

pub(super) const PERSON: &str = "person";
