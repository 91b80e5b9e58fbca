//! What a provider that is a service does. It is written as if nothing had to be waited for; the line waits.

use std::sync::Mutex;

use peta_model::InstallId;
use peta_vault::{
    Key, Random,
    root::{Check, Context, Root, RootError},
};

use crate::{line::Line, trouble::Trouble};

pub(crate) trait Service: Send + Sync {
    /// The name that the provider knows the key by: in check values, so it never changes for a key.
    fn name(&self) -> &str;
    fn wrap(&self, line: &Line, context: &Context, key: &Key, random: &mut dyn Random) -> Result<Vec<u8>, Trouble>;
    fn unwrap(&self, line: &Line, context: &Context, wrapped: &[u8]) -> Result<Key, Trouble>;
}

/// A service as the vault sees a root, for one piece of work.
pub(crate) struct Asked<'a> {
    pub(crate) service: &'a dyn Service,
    pub(crate) line: &'a Line,
    /// What went wrong last; nothing once it went well.
    pub(crate) trouble: &'a Mutex<Option<Trouble>>,
}

impl Asked<'_> {
    fn noted<T>(&self, done: Result<T, Trouble>) -> Result<T, RootError> {
        // Data of another root, or damaged, says nothing about whether the provider works.
        let trouble = done.as_ref().err().filter(|trouble| **trouble != Trouble::Refused).cloned();
        *self.trouble.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = trouble;
        done.map_err(RootError::from)
    }
}

impl Root for Asked<'_> {
    fn check(&self, install: InstallId) -> Check {
        Check::of_remote(self.service.name(), install)
    }

    fn wrap(&self, context: &Context, key: &Key, random: &mut dyn Random) -> Result<Vec<u8>, RootError> {
        self.noted(self.service.wrap(self.line, context, key, random))
    }

    fn unwrap(&self, context: &Context, wrapped: &[u8]) -> Result<Key, RootError> {
        self.noted(self.service.unwrap(self.line, context, wrapped))
    }
}
