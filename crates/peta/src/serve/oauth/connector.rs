//! What the admin API asks for.

use std::sync::Arc;

use peta_admin::{Connecting, Connector, EnteredClient, Link};
use peta_model::{CredentialId, Owner};
use peta_store::CredentialEntry;

use super::{begin::write_given, clerk::Clerk, links::Wanted};

impl Connector for Clerk {
    fn keep_client(&self, client: EnteredClient) -> Connecting<'_, ()> {
        Box::pin(async move {
            let secret = client.secret.as_ref().map(peta_api::Secret::reveal);
            let bytes = write_given(client.issuer.as_deref(), &client.id, secret);
            Ok(self.keep_given(client.credential, &bytes).await?)
        })
    }

    fn link(&self, credential: CredentialId, administrator: String) -> Connecting<'_, Link> {
        Box::pin(async move {
            let (entry, _, _) = self.entry(credential)?;
            let person = match &entry.owner {
                Owner::User(person) => Some(person.clone()),
                Owner::Group(_) | Owner::Shared => None,
            };
            let wanted = Wanted { credential, person, administrator: Some(administrator), scopes: None };
            let (url, until) = self.make_link(wanted).await?;
            Ok(Link { url, until })
        })
    }

    fn connect_own(&self, credential: CredentialId) -> Connecting<'_, Arc<CredentialEntry>> {
        Box::pin(async move { Ok(self.get_own(credential).await?) })
    }

    fn revoke(&self, credential: CredentialId) -> Connecting<'_, Option<String>> {
        Box::pin(async move { Ok(self.give_back(credential).await?) })
    }
}
