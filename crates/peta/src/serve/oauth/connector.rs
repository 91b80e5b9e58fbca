//! What the admin API asks for.

use std::sync::Arc;

use peta_admin::{Connecting, Connector, EnteredClient, Link};
use peta_identity::oauth::{Given, SigningKey};
use peta_model::CredentialId;
use peta_store::CredentialEntry;

use super::{begin::write_given, clerk::Clerk, links::Wanted, trouble::Trouble};

impl Connector for Clerk {
    fn keep_client(&self, client: EnteredClient) -> Connecting<'_, ()> {
        Box::pin(async move {
            let secret = client.secret.map(|secret| secret.reveal().into());
            let key = client.key.map(|key| SigningKey::new(key.pem.reveal().into(), key.id));
            let key = key.transpose().map_err(Trouble::from)?;
            let given = Given { issuer: client.issuer, id: client.id, secret, key, method: None };
            Ok(self.keep_given(client.credential, &write_given(&given)).await?)
        })
    }

    fn link(&self, credential: CredentialId, administrator: String) -> Connecting<'_, Link> {
        Box::pin(async move {
            let (entry, _, _) = self.entry(credential)?;
            let person = entry.owner.person().map(str::to_owned);
            let wanted = Wanted { credential, person, administrator: Some(administrator), scopes: None };
            let made = self.make_link(wanted).await?;
            Ok(Link { url: made.url, until: made.until })
        })
    }

    fn connect_own(&self, credential: CredentialId) -> Connecting<'_, Arc<CredentialEntry>> {
        Box::pin(async move { Ok(self.get_own(credential).await?) })
    }

    fn revoke(&self, credential: CredentialId) -> Connecting<'_, Option<String>> {
        Box::pin(async move { Ok(self.give_back(credential).await?) })
    }
}
