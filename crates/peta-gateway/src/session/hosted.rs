//! Tasks that the agent hosts: a server asked it for something as a task, and asks later how that goes. Their ids are the
//! agent's own and mean something in its session alone; here is which instance each belongs to.

use std::{collections::HashMap, sync::Arc};

use peta_runtime::{Instance, InstanceKey};
use tokio::time::Instant;

/// The most that are kept for one session; the one whose time ends first makes room.
const MOST: usize = 256;

/// One task that the agent hosts for an instance.
pub(crate) struct Hosted {
    pub(crate) instance: Arc<Instance>,
    pub(crate) until: Instant,
    /// The progress token that the agent was given, and the server's own for it, as written.
    pub(crate) progress: Option<(String, String)>,
}

/// By the agent's own id, as written.
#[derive(Default)]
pub(crate) struct HostedTasks(HashMap<String, Hosted>);

impl HostedTasks {
    pub(crate) fn add(&mut self, id: &str, hosted: Hosted) {
        let now = Instant::now();
        self.0.retain(|_, hosted| hosted.until > now);
        if self.0.len() >= MOST
            && let Some(first) = self.0.iter().min_by_key(|(_, hosted)| hosted.until).map(|(id, _)| id.clone())
        {
            self.0.remove(&first);
        }
        self.0.insert(id.to_owned(), hosted);
    }

    /// The task of that id, if it is hosted for this instance.
    pub(crate) fn of(&self, key: &InstanceKey, id: &str) -> Option<&Hosted> {
        self.0.get(id).filter(|hosted| hosted.instance.key() == key && hosted.until > Instant::now())
    }

    /// The instance that a task is hosted for.
    pub(crate) fn instance(&self, id: &str) -> Option<Arc<Instance>> {
        self.0.get(id).map(|hosted| Arc::clone(&hosted.instance))
    }

    /// Whom progress under a token of ours is for, and the server's own token.
    pub(crate) fn by_token(&self, token: &str) -> Option<(Arc<Instance>, String)> {
        self.0.values().find_map(|hosted| {
            let (_, own) = hosted.progress.as_ref().filter(|(ours, _)| ours == token)?;
            Some((Arc::clone(&hosted.instance), own.clone()))
        })
    }
}
