//! The end of a connection: a browser came back from an authorization server.

use std::sync::Arc;

use peta_identity::oauth::{self, Callback};
use peta_model::Owner;
use peta_store::{CredentialEntry, Link, LinkStage};

use super::{begin::who, clerk::Clerk, keep::Held, trouble::Trouble};

impl Clerk {
    /// Finishes what an answer belongs to; `cookie` gives what the browser kept for a link. How it ended is noted with
    /// the link.
    pub(super) async fn come_back(
        &self,
        place: &str,
        query: &str,
        cookie: impl Fn(&Link) -> Option<String>,
    ) -> Result<Arc<CredentialEntry>, Trouble> {
        let callback = Callback::read(place, query)?;
        let (hash, client, pending) = self.take_pending(callback.lookup()).await?;
        let link = self.store().link(hash).await?.ok_or_else(Trouble::unknown)?;
        let finished = async {
            let (entry, _, server) = self.entry(link.credential)?;
            let connect = who(&cookie(&link).unwrap_or_default(), &link, &server);
            let grant = oauth::finish(self.fetch(), pending, &client, callback, &connect, &Self::fresh()).await?;
            self.keep_connected(&entry, &link, Held { grant, client }).await
        };
        let finished = finished.await;
        let (stage, why) = match &finished {
            Ok(_) => (LinkStage::Done, None),
            Err(trouble) => (LinkStage::Failed, Some((trouble.code.to_string(), trouble.text.clone()))),
        };
        self.store().end_link(hash, stage, why).await?;
        finished
    }

    /// What came by a link that no administrator asked for waits for somebody to confirm whose it is.
    async fn keep_connected(
        &self,
        entry: &Arc<CredentialEntry>,
        link: &Link,
        held: Held,
    ) -> Result<Arc<CredentialEntry>, Trouble> {
        let (_, _, server) = self.entry(entry.id)?;
        let origin = server.spec.origin();
        self.forget_attempts(entry.id);
        match (&link.administrator, &link.person) {
            (Some(administrator), _) => {
                self.keep_grant(entry.id, &held, (Some(&origin), Some(false), administrator)).await
            }
            (None, Some(person)) if entry.owner == Owner::User(person.clone()) => {
                let by = format!("{person} by a link");
                self.keep_grant(entry.id, &held, (Some(&origin), Some(true), &by)).await
            }
            (None, Some(person)) => self.keep_personal(entry, &server, person, &held).await,
            (None, None) => Err(Trouble::unknown()),
        }
    }
}
