//! URL elicitations of Peta's own that are open: which session was given which link, so that it hears when the person is
//! done. After a restart nobody is told; the agent may call again at any time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use peta_mcp::{Method, write};

use crate::session::Session;

/// More are not kept: whoever is not told calls again all the same.
const MOST: usize = 1_024;

/// An elicitation, and whom it was sent to.
struct Offer {
    session: u128,
    elicitation: String,
}

/// By the keys of their links.
#[derive(Default)]
pub(crate) struct Offers(Mutex<HashMap<[u8; 32], Offer>>);

impl Offers {
    pub(crate) fn note(&self, link: [u8; 32], session: &Session, elicitation: String) {
        let mut offers = self.kept();
        if offers.len() < MOST {
            offers.insert(link, Offer { session: session.number, elicitation });
        }
    }

    /// The links that are worth asking for.
    pub(crate) fn links(&self) -> Vec<[u8; 32]> {
        self.kept().keys().copied().collect()
    }

    /// Tells the sessions whose links are done. Of those that were asked for, what is not open any more is forgotten.
    pub(crate) fn told(
        &self,
        asked: &[[u8; 32]],
        (done, open): (&[[u8; 32]], &[[u8; 32]]),
        session: impl Fn(u128) -> Option<Arc<Session>>,
    ) {
        for link in asked.iter().filter(|link| !open.contains(link)) {
            let offer = self.kept().remove(link);
            let Some(offer) = offer.filter(|_| done.contains(link)) else { continue };
            if let Some(session) = session(offer.session) {
                let params = format!(r#"{{"elicitationId":{}}}"#, write::string(&offer.elicitation));
                session.tell_or_keep(write::notification(Method::ELICITATION_COMPLETE, Some(&params)));
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<[u8; 32], Offer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
