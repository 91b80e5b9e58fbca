//! Tokens of Peta's own, without a person (client credentials).

use std::sync::Arc;

use peta_identity::oauth::{self, Scopes};
use peta_model::CredentialId;
use peta_store::CredentialEntry;

use super::{clerk::Clerk, keep::Held, trouble::Trouble};

impl Clerk {
    pub(super) async fn get_own(&self, id: CredentialId) -> Result<Arc<CredentialEntry>, Trouble> {
        let turn = self.turn(id);
        let _turn = turn.lock().await;
        let (entry, asked, server) = self.entry(id)?;
        let (found, challenged) = self.found(&asked, &server).await?;
        let client = self.client(&entry, &found).await?;
        let wanted = asked.scopes.as_deref().map(Scopes::read).or(challenged);
        let scopes = wanted.or_else(|| found.scopes.clone());
        let grant = oauth::connect_own(self.fetch(), &found, &client, scopes.as_ref(), &Self::fresh()).await?;
        let origin = server.spec.origin();
        self.keep_grant(id, &Held { grant, client }, (Some(&origin), None, "Peta")).await
    }
}
