//! Servers that failed are tried again, ever more rarely; servers whose lists changed are learnt anew. Both are one and
//! the same work: a connection of its own, its lists, and what is stored.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use peta_model::ServerId;
use peta_store::{Page, ServerEntry};
use tokio::time::Instant;

use crate::hub::{Hub, Signal};

/// The first and the longest wait between two attempts.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// One server is learnt anew at most so often, however much it shouts.
const APART: Duration = Duration::from_secs(5);
const WITHIN: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(super) struct Mending {
    failing: HashMap<ServerId, Attempt>,
    anew: HashSet<ServerId>,
    learnt: HashMap<ServerId, Instant>,
}

struct Attempt {
    next: Instant,
    wait: Duration,
}

impl Mending {
    pub(super) fn learn_anew(&mut self, signals: &HashSet<Signal>) {
        let changed = signals.iter().filter_map(|signal| match signal {
            Signal::Learn(server) => Some(*server),
            _ => None,
        });
        self.anew.extend(changed);
    }

    /// Looks which servers are down; true if one went down or came back.
    pub(super) fn look(&mut self, hub: &Hub) -> bool {
        let snapshot = hub.store.snapshot();
        let down: HashSet<ServerId> = snapshot
            .servers()
            .filter(|server| !server.disabled && hub.runtime.health(server.id).failure.is_some())
            .map(|server| server.id)
            .collect();
        let before = self.failing.len();
        self.failing.retain(|server, _| down.contains(server));
        let mut turned = self.failing.len() != before;
        for server in down {
            self.failing.entry(server).or_insert_with(|| {
                turned = true;
                Attempt { next: Instant::now() + FIRST, wait: FIRST }
            });
        }
        turned
    }

    /// Does what is due, in the background.
    pub(super) fn work(&mut self, hub: &Arc<Hub>) {
        let now = Instant::now();
        let snapshot = hub.store.snapshot();
        for server in snapshot.servers().filter(|server| !server.disabled) {
            let recently = self.learnt.get(&server.id).is_some_and(|at| now < *at + APART);
            let anew = !recently && self.anew.contains(&server.id);
            let retry = self.failing.get_mut(&server.id).is_some_and(|attempt| {
                let due = attempt.next <= now;
                if due {
                    attempt.wait = (attempt.wait * 2).min(LONGEST);
                    attempt.next = now + attempt.wait;
                }
                due
            });
            if anew || retry {
                self.anew.remove(&server.id);
                self.learnt.insert(server.id, now);
                tokio::spawn(learn(Arc::clone(hub), Arc::clone(server)));
            }
        }
    }
}

async fn learn(hub: Arc<Hub>, server: Arc<ServerEntry>) {
    let learned = match hub.runtime.learn(server.id, &server.spec, WITHIN).await {
        Ok(learned) => learned,
        Err(error) => {
            tracing::debug!(server = %server.spec.name, %error, "a server cannot be learnt");
            return hub.signal(Signal::Health);
        }
    };
    let page = |page: peta_runtime::LearnedPage| Page {
        list: page.list.word().to_owned(),
        cursor: page.cursor,
        answer: page.answer,
    };
    let pages = learned.pages.into_iter().map(page).collect();
    if let Err(error) = hub.store.save_learnt(server.id, hub.now(), learned.description, pages).await {
        tracing::error!(server = %server.spec.name, %error, "what was learnt of a server cannot be stored");
    }
    hub.signal(Signal::Health);
}
