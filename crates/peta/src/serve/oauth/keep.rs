//! What is kept: grants in the envelope of their credential, with the access token as its secret; clients and pending
//! connections beside them, each sealed as what it is.

use std::sync::Arc;

use peta_identity::oauth::{Client, Grant, Pending, hash};
use peta_model::{CredentialId, Owner};
use peta_store::{
    ChangeError, CredentialEntry, Granted, NewCredential, NewSecret, OAuth, SealedThing, ServerEntry, ThingSort, bound,
};
use peta_vault::{Kind, safe::Sealed, sanitize};

use super::{clerk::Clerk, trouble::Trouble};

const GRANT: &str = "grant";
const CLIENT: &str = "client";
/// Wraps that are reserved before something is sealed.
const WRAPS: u32 = 16;
/// How often a grant is sealed anew because its credential was changed meanwhile.
const TRIES: usize = 5;

/// A grant, and who Peta is where it comes from.
pub(super) struct Held {
    pub(super) grant: Grant,
    pub(super) client: Client,
}

impl Held {
    /// What is known of it without its tokens.
    pub(super) fn granted(&self) -> Granted {
        Granted {
            issuer: self.grant.source.issuer.clone(),
            scopes: self.grant.scopes.as_ref().map(|scopes| scopes.join(" ")),
            issued: self.grant.issued,
            expires: self.grant.expires,
            refreshable: self.grant.refresh.is_some() || self.grant.own,
        }
    }
}

impl Clerk {
    /// The grant of a credential.
    pub(super) fn held(&self, entry: &CredentialEntry) -> Result<Held, Trouble> {
        let place = (self.tenant(), *entry.id.as_bytes(), entry.version);
        let bound = entry.bound();
        let beside = |name| self.safe().beside(&entry.sealed, place, (&bound, name));
        Ok(Held { grant: Grant::from_bytes(&beside(GRANT)?)?, client: Client::from_bytes(&beside(CLIENT)?)? })
    }

    /// A new version of a credential with what was granted now. It may be changed meanwhile by somebody else: what was
    /// granted is not lost by that.
    pub(super) async fn keep_grant(
        &self,
        id: CredentialId,
        held: &Held,
        (origin, hold, by): (Option<&str>, Option<bool>, &str),
    ) -> Result<Arc<CredentialEntry>, Trouble> {
        let mut tries = TRIES;
        loop {
            let (entry, oauth, server) = self.entry(id)?;
            let origin = origin.unwrap_or(&entry.origin).to_owned();
            let bound = bound(server.id, &entry.owner, &entry.delivery, entry.scope.as_ref(), &origin);
            let sealed = self.seal((id, entry.version + 1), &bound, held).await?;
            let new = NewSecret {
                version: entry.version + 1,
                origin,
                held: hold.unwrap_or(entry.held),
                by: by.to_owned(),
                sealed: sealed.envelope,
                prints: sealed.prints,
                oauth: Some(OAuth { granted: Some(held.granted()), broken: None, ..OAuth::clone(&oauth) }),
            };
            match self.store().refresh_secret(id, Self::now(), new).await {
                Err(ChangeError::Conflict(_)) if tries > 0 => tries -= 1,
                done => return Ok(done?),
            }
        }
    }

    /// A credential of another person's, made after the model of one that is there. Somebody must confirm whose it is.
    pub(super) async fn keep_personal(
        &self,
        model: &CredentialEntry,
        server: &ServerEntry,
        person: &str,
        held: &Held,
    ) -> Result<Arc<CredentialEntry>, Trouble> {
        let owner = Owner::User(person.to_owned());
        let theirs = self.store().snapshot().credentials_of(server.id, &owner).to_vec();
        if let Some(old) = theirs.iter().find(|old| old.oauth.is_some() && old.place() == model.place()) {
            return self.keep_grant(old.id, held, (Some(&server.spec.origin()), Some(true), person)).await;
        }
        let id = CredentialId::from_bytes(crate::serve::senses::random());
        let origin = server.spec.origin();
        let bound = bound(server.id, &owner, &model.delivery, model.scope.as_ref(), &origin);
        let sealed = self.seal((id, 1), &bound, held).await?;
        if let Some(given) = self.given_bytes(model.id).await? {
            self.keep_given(id, &given).await?;
        }
        let oauth = model.oauth.as_deref().cloned().unwrap_or_default();
        let new = NewCredential {
            id,
            name: self.free_name(model, person)?,
            server: server.id,
            owner,
            delivery: model.delivery.clone(),
            scope: model.scope.clone(),
            origin,
            held: true,
            by: format!("{person} by a link"),
            sealed: sealed.envelope,
            prints: sealed.prints,
            oauth: Some(OAuth { granted: Some(held.granted()), broken: None, ..oauth }),
        };
        Ok(self.store().grant_credential(Self::now(), new).await?)
    }

    /// What was granted serves no more: calls are refused with a way to connect again.
    pub(super) async fn mark_broken(&self, id: CredentialId, version: u64, why: &Trouble) -> Result<(), Trouble> {
        let (entry, oauth, server) = self.entry(id)?;
        if entry.version == version && oauth.broken.is_none() {
            tracing::warn!(credential = %entry.name, server = %server.spec.name, code = %why.code, "{why}");
            let oauth = OAuth { broken: Some(why.code.to_string()), ..OAuth::clone(&oauth) };
            self.store().set_oauth(id, Self::now(), oauth).await?;
        }
        Ok(())
    }

    async fn seal(&self, (id, version): (CredentialId, u64), bound: &[u8], held: &Held) -> Result<Sealed, Trouble> {
        self.store().provide_wraps(self.safe(), WRAPS).await?;
        let secret = sanitize::Secret {
            bytes: held.grant.access.reveal().as_bytes(),
            user: None,
            header: Some("Bearer {secret}"),
        };
        let (grant, client) = (held.grant.to_bytes(), held.client.to_bytes());
        let beside: [(&str, &[u8]); 2] = [(GRANT, grant.as_slice()), (CLIENT, client.as_slice())];
        Ok(self.safe().seal_with((self.tenant(), *id.as_bytes(), version), bound, &secret, &beside)?)
    }

    /// `github-ada`, or with a number behind it.
    fn free_name(&self, model: &CredentialEntry, person: &str) -> Result<peta_model::CredentialName, Trouble> {
        let plain: String = person.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(24).collect();
        let stem: String = model.name.as_str().chars().take(32).collect();
        let snapshot = self.store().snapshot();
        let names = (1..1_000).map(|number| match number {
            1 => format!("{stem}-{plain}"),
            number => format!("{stem}-{plain}-{number}"),
        });
        let free = names.into_iter().find(|name| snapshot.credential_named(name).is_none());
        free.and_then(|name| name.parse().ok()).ok_or_else(Trouble::unknown)
    }
}

/// Clients.
impl Clerk {
    /// Who Peta is at this issuer, if it registered there.
    pub(super) async fn registered(&self, issuer: &str) -> Result<Option<Client>, Trouble> {
        let key = hash(issuer.as_bytes());
        let Some(thing) = self.store().thing(ThingSort::Client, key).await? else { return Ok(None) };
        let bytes = self.safe().open_bytes(&thing.sealed, (self.tenant(), Kind::Client, thing.object, 1))?;
        Ok(Some(Client::from_bytes(&bytes)?))
    }

    pub(super) async fn keep_registered(&self, client: &Client) -> Result<(), Trouble> {
        let key = hash(client.issuer.as_bytes());
        self.keep((ThingSort::Client, Kind::Client), key, None, &client.to_bytes(), None).await
    }

    /// It does not know Peta any more: the next connection registers anew.
    pub(super) async fn forget_registered(&self, issuer: &str) -> Result<(), Trouble> {
        self.store().take_thing(ThingSort::Client, hash(issuer.as_bytes())).await?;
        Ok(())
    }

    /// The client that an administrator entered for a credential.
    pub(super) async fn given_bytes(&self, id: CredentialId) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, Trouble> {
        let Some(thing) = self.store().thing(ThingSort::Given, given_key(id)).await? else { return Ok(None) };
        Ok(Some(self.safe().open_bytes(&thing.sealed, (self.tenant(), Kind::Client, thing.object, 1))?))
    }

    pub(super) async fn keep_given(&self, id: CredentialId, bytes: &[u8]) -> Result<(), Trouble> {
        self.keep((ThingSort::Given, Kind::Client), given_key(id), Some(id), bytes, None).await
    }

    /// A connection that was begun by a link.
    pub(super) async fn keep_pending(
        &self,
        link: [u8; 32],
        credential: CredentialId,
        (client, pending): (&Client, &Pending),
    ) -> Result<(), Trouble> {
        // It ends with the very client that it began with.
        let client = client.to_bytes();
        let length = u32::try_from(client.len()).unwrap_or(u32::MAX).to_be_bytes();
        let parts = [link.as_slice(), &length, &client, &pending.to_bytes()].concat();
        let bytes = zeroize::Zeroizing::new(parts);
        let (key, until) = (pending.lookup(), Some(pending.expires()));
        self.keep((ThingSort::Pending, Kind::Pending), key, Some(credential), &bytes, until).await
    }

    /// The connection that an answer belongs to, with the link that began it; it is gone then, whatever comes of it.
    pub(super) async fn take_pending(&self, lookup: [u8; 32]) -> Result<([u8; 32], Client, Pending), Trouble> {
        let thing = self.store().take_thing(ThingSort::Pending, lookup).await?.ok_or_else(Trouble::unknown)?;
        let bytes = self.safe().open_bytes(&thing.sealed, (self.tenant(), Kind::Pending, thing.object, 1))?;
        let parts = bytes.split_first_chunk::<32>().and_then(|(link, rest)| {
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            Some((*link, rest.split_at_checked(length)?))
        });
        let (link, (client, pending)) = parts.ok_or_else(Trouble::unknown)?;
        Ok((link, Client::from_bytes(client)?, Pending::from_bytes(pending)?))
    }

    async fn keep(
        &self,
        (sort, kind): (ThingSort, Kind),
        key: [u8; 32],
        owner: Option<CredentialId>,
        bytes: &[u8],
        until: Option<peta_model::Moment>,
    ) -> Result<(), Trouble> {
        self.store().provide_wraps(self.safe(), WRAPS).await?;
        let object = crate::serve::senses::random();
        let sealed = self.safe().seal_bytes((self.tenant(), kind, object, 1), bytes)?;
        Ok(self.store().keep_thing(SealedThing { sort, key, object, owner, sealed, until }).await?)
    }
}

fn given_key(id: CredentialId) -> [u8; 32] {
    hash(id.as_bytes())
}
