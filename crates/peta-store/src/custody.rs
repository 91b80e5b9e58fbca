//! Credentials: what administrators do with them, and what Core does by itself.

use std::sync::Arc;

use peta_audit::Intent;
use peta_model::{CredentialId, Moment};

use crate::{
    change::{AddCredential, Distrust, RemoveCredential, Rewrap, SetOAuth, SetSecret},
    credential::{CredentialEntry, KeptSecret, NewCredential, NewSecret},
    oauth::OAuth,
    sheet::ChangeError,
    store::Store,
};

impl Store {
    pub async fn add_credential(&self, act: Intent, new: NewCredential) -> Result<Arc<CredentialEntry>, ChangeError> {
        self.act(act, AddCredential(new)).await
    }

    /// A new version of a credential; the old one's secret goes at once.
    pub async fn set_secret(
        &self,
        act: Intent,
        credential: CredentialId,
        new: NewSecret,
    ) -> Result<Arc<CredentialEntry>, ChangeError> {
        self.act(act, SetSecret(credential, new)).await
    }

    /// The same by Core itself: a grant that was refreshed. It is no act of an administrator's.
    pub async fn refresh_secret(
        &self,
        credential: CredentialId,
        now: Moment,
        new: NewSecret,
    ) -> Result<Arc<CredentialEntry>, ChangeError> {
        self.note(now, SetSecret(credential, new)).await
    }

    /// What is known of what was granted, found out by Core itself.
    pub async fn set_oauth(
        &self,
        credential: CredentialId,
        now: Moment,
        oauth: OAuth,
    ) -> Result<Arc<CredentialEntry>, ChangeError> {
        self.note(now, SetOAuth(credential, oauth)).await
    }

    /// A credential that came by a link, and no administrator's act.
    pub async fn grant_credential(&self, now: Moment, new: NewCredential) -> Result<Arc<CredentialEntry>, ChangeError> {
        self.note(now, AddCredential(new)).await
    }

    /// The same secrets in other envelopes, all or nothing.
    pub async fn rewrap(&self, now: Moment, secrets: Vec<KeptSecret>) -> Result<(), ChangeError> {
        self.note(now, Rewrap(secrets)).await
    }

    /// These rows are older than what the record says of them: they are used no more.
    pub async fn distrust(&self, now: Moment, credentials: Vec<CredentialId>) -> Result<(), ChangeError> {
        self.note(now, Distrust(credentials)).await
    }

    pub async fn remove_credential(&self, act: Intent, credential: CredentialId) -> Result<(), ChangeError> {
        self.act(act, RemoveCredential(credential)).await
    }
}
