//! The beginning of a connection: from a credential to the page of its authorization server.

use std::sync::Arc;

use peta_identity::oauth::{
    self, Client, Connect, Fetch as _, Found, Given, Method, Place, Profile, Scopes, Secret, SigningKey, hash,
};
use peta_model::{ClientAuth, Transport};
use peta_store::{CredentialEntry, Link, OAuth, ServerEntry};

use super::{clerk::Clerk, trouble::Trouble};
use crate::serve::senses;

/// Where a browser is sent, and what it brings back.
pub(super) struct Going {
    pub(super) url: String,
    pub(super) cookie: String,
}

impl Clerk {
    /// Begins what a link is for. The link is used already.
    pub(super) async fn begin(&self, link: &Link) -> Result<Going, Trouble> {
        let (entry, asked, server) = self.entry(link.credential)?;
        let (found, challenged) = self.found(&asked, &server).await?;
        let client = self.client(&entry, &found).await?;
        let extra = link.scopes.as_deref().map(Scopes::read);
        let wanted = extra.or_else(|| asked.scopes.as_deref().map(Scopes::read)).or(challenged);
        let scopes = oauth::select(wanted.as_ref(), found.scopes.as_ref(), found.provider.scopes.as_ref());
        let cookie: String = senses::random::<32>().iter().map(|byte| format!("{byte:02x}")).collect();
        let connect = who(&cookie, link, &server);
        let begun = oauth::begin(&found, &client, scopes.as_ref(), connect, &Self::fresh())?;
        self.keep_pending(link.hash, link.credential, (&client, &begun.pending)).await?;
        Ok(Going { url: begun.url, cookie })
    }

    /// The server's authorization server, and the scopes that its challenge names.
    pub(super) async fn found(&self, asked: &OAuth, server: &ServerEntry) -> Result<(Found, Option<Scopes>), Trouble> {
        let url = url(server)?;
        if let Some(name) = &asked.profile {
            let profile = Profile::find(name)?.fill(&asked.variables)?;
            let place = Place::server(url).map_err(|error| oauth::Error::Place { what: "the server", error })?;
            let bounds = self.fetch().bounds(&place);
            return Ok((Found::of_profile(url, profile, bounds)?, None));
        }
        let challenge = self.probe(url).await;
        let found = oauth::discover(self.fetch(), url, challenge.as_ref(), asked.issuer.as_deref()).await?;
        if asked.issuer.as_ref().is_some_and(|issuer| *issuer != found.provider.issuer) {
            return Err(oauth::Error::OtherIssuer.into());
        }
        Ok((found, challenge.and_then(|challenge| challenge.scopes)))
    }

    /// Who Peta is there: as an administrator entered it, else as it is registered.
    pub(super) async fn client(&self, entry: &CredentialEntry, found: &Found) -> Result<Client, Trouble> {
        let given = self.given_bytes(entry.id).await?.and_then(|bytes| read_given(&bytes));
        let method = entry.oauth.as_ref().and_then(|oauth| oauth.client_auth).map(method);
        let given = given.map(|given| Given { method, ..given });
        let known = match given {
            Some(_) => None,
            None => self.registered(&found.provider.issuer).await?,
        };
        let now = Self::now();
        let client = oauth::register(self.fetch(), found, self.us(), given.as_ref(), known.as_ref(), now).await?;
        let registered = given.is_none() && client.redirect_uri != self.us().redirect_uri;
        if registered && known.is_none_or(|known| known.id != client.id) {
            self.keep_registered(&client).await?;
        }
        Ok(client)
    }
}

/// Who connects: whoever has the cookie, for this credential, person and place. What differs then answers nothing.
pub(super) fn who(cookie: &str, link: &Link, server: &Arc<ServerEntry>) -> Connect {
    let mut id = [0; 16];
    id.iter_mut().zip(hash(cookie.as_bytes())).for_each(|(to, from)| *to = from);
    let person = link.person.as_deref().unwrap_or_default();
    Connect { id, user: format!("{}\n{}\n{person}", link.credential, server.spec.origin()) }
}

/// A client that was entered: issuer, id and secret, as a JSON array; with a key, also that and its id.
pub(super) fn write_given(given: &Given) -> zeroize::Zeroizing<Vec<u8>> {
    let (issuer, id, secret) = (given.issuer.as_deref(), &given.id, given.secret.as_ref().map(Secret::reveal));
    let written = match &given.key {
        Some(key) => serde_json::to_vec(&(issuer, id, secret, key.pem.reveal(), &key.id)),
        None => serde_json::to_vec(&(issuer, id, secret)),
    };
    zeroize::Zeroizing::new(written.unwrap_or_default())
}

const fn method(said: ClientAuth) -> Method {
    match said {
        ClientAuth::Basic => Method::Basic,
        ClientAuth::Post => Method::Post,
    }
}

fn read_given(bytes: &[u8]) -> Option<Given> {
    type WithKey = (Option<String>, String, Option<Secret>, Secret, Option<String>);
    if let Ok((issuer, id, secret, pem, kid)) = serde_json::from_slice::<WithKey>(bytes) {
        let key = Some(SigningKey::new(pem, kid).ok()?);
        return Some(Given { issuer, id, secret, key, method: None });
    }
    let (issuer, id, secret) = serde_json::from_slice(bytes).ok()?;
    Some(Given { issuer, id, secret, key: None, method: None })
}

fn url(server: &ServerEntry) -> Result<&str, Trouble> {
    match &server.spec.transport {
        Transport::Http { url, .. } => Ok(url),
        Transport::Stdio { .. } => Err(Trouble::unknown()),
    }
}
