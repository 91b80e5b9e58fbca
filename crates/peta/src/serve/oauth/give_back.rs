//! Giving tokens back before a credential is removed.

use peta_identity::oauth::{self, Revoked};
use peta_model::CredentialId;

use super::{clerk::Clerk, keep::Held, trouble::Trouble};

impl Clerk {
    /// What could not be done is told in words.
    pub(super) async fn give_back(&self, id: CredentialId) -> Result<Option<String>, Trouble> {
        let turn = self.turn(id);
        let _turn = turn.lock().await;
        let (entry, _, _) = self.entry(id)?;
        let Held { grant, client } = self.held(&entry)?;
        let revoked = oauth::revoke(self.fetch(), &grant, &client, &Self::fresh()).await;
        self.forget(id);
        Ok(match revoked {
            Ok(Revoked::Done) => None,
            Ok(Revoked::NotOffered) => Some(format!(
                "{} offers no way to revoke tokens: they go on until they run out, or until somebody ends them there",
                grant.source.issuer
            )),
            Err(error) => Some(format!("{} did not revoke what it granted: {error}", grant.source.issuer)),
        })
    }
}
