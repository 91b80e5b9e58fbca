//! What the gateway asks for while a call waits.

use peta_gateway::{Connecting, Connections, GivenLink, NotConnected, WantedLink};
use peta_identity::oauth::{self, Challenge};
use peta_model::{Code, CredentialId};

use super::{clerk::Clerk, links::Wanted, renew::Cause, trouble::Trouble};

impl Connections for Clerk {
    fn link(&self, wanted: WantedLink) -> Connecting<'_, GivenLink> {
        Box::pin(async move {
            let WantedLink { credential, person, scopes } = wanted;
            let wanted = Wanted { credential, person: Some(person), administrator: None, scopes };
            let made = self.make_link(wanted).await?;
            Ok(GivenLink { url: made.url, key: made.hash })
        })
    }

    fn renew(&self, credential: CredentialId, version: u64) -> Connecting<'_, ()> {
        Box::pin(async move { Ok(Clerk::renew(self, credential, version, Cause::Refused).await?) })
    }

    fn doubt(&self, credential: CredentialId, version: u64) -> Connecting<'_, ()> {
        Box::pin(async move {
            let (entry, asked, server) = self.entry(credential)?;
            let (found, _) = self.found(&asked, &server).await?;
            let held = self.held(&entry)?;
            if found.knows(&held.grant) {
                return Ok(());
            }
            let why = Trouble::new(Code::CONNECT_AGAIN, "the server trusts another authorization server now");
            self.mark_broken(credential, version, &why).await?;
            Err(why.into())
        })
    }

    fn step_up(&self, credential: CredentialId, challenges: Vec<String>) -> Connecting<'_, String> {
        Box::pin(async move {
            let challenge = Challenge::find(challenges.iter().map(String::as_str));
            let Some(challenge) = challenge.filter(Challenge::wants_scopes) else { return Ok(String::new()) };
            let (entry, _, _) = self.entry(credential)?;
            let held = self.held(&entry)?;
            let granted = held.grant.scopes.as_ref();
            let scopes = self.with_attempts(credential, |attempts| oauth::step_up(granted, &challenge, attempts));
            Ok(scopes.map_err(Trouble::from)?.join(" "))
        })
    }
}

impl From<Trouble> for NotConnected {
    fn from(trouble: Trouble) -> Self {
        Self { code: trouble.code, text: trouble.text }
    }
}
