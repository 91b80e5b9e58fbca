//! New tokens for old: one at a time for each grant, and on disk before they are used.

use std::time::Duration;

use peta_identity::oauth::{self, Error};
use peta_model::CredentialId;

use super::{clerk::Clerk, keep::Held, trouble::Trouble};

/// How often what was granted is written if the store does not take it: where refresh tokens rotate, the old one is worth
/// nothing any more.
const WRITES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// Why something is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Its time has come.
    Due,
    /// A server refused what was granted.
    Refused,
}

impl Clerk {
    /// Renews the grant of a credential, if nobody has since this version. In a task of its own: whoever waits may go away,
    /// and what was granted must be kept all the same.
    pub(super) async fn renew(&self, id: CredentialId, version: u64, cause: Cause) -> Result<(), Trouble> {
        let clerk = self.clone();
        let renewed = tokio::spawn(async move { clerk.renew_now(id, version, cause).await }).await;
        renewed.unwrap_or_else(|_| Err(Trouble::unknown()))
    }

    async fn renew_now(&self, id: CredentialId, version: u64, cause: Cause) -> Result<(), Trouble> {
        let turn = self.turn(id);
        let _turn = turn.lock().await;
        let (entry, oauth, server) = self.entry(id)?;
        if entry.version != version {
            return Ok(());
        }
        if oauth.broken.is_some() {
            return Err(Error::GrantRevoked.into());
        }
        // Counted here, where it is known that the provider is asked: one refusal may lead several here.
        if cause == Cause::Refused && !self.may_renew_after_refusal(id) {
            let text = "the server refuses what is granted again and again";
            return Err(Trouble::new(peta_model::Code::PROVIDER_BUSY, text));
        }
        let Held { grant, client } = self.held(&entry)?;
        match oauth::refresh(self.fetch(), &grant, &client, &Self::fresh()).await {
            Ok(grant) => {
                let held = Held { grant, client };
                let mut writes = WRITES;
                loop {
                    match self.keep_grant(id, &held, (None, None, "Peta")).await {
                        Err(trouble) if trouble.passing && writes > 0 => {
                            writes -= 1;
                            tokio::time::sleep(PAUSE).await;
                        }
                        kept => {
                            kept?;
                            break;
                        }
                    }
                }
                tracing::info!(credential = %entry.name, server = %server.spec.name, "a grant was renewed");
                Ok(())
            }
            Err(error) => {
                if matches!(error, Error::ClientRefused) && oauth.client_id.is_none() {
                    self.forget_registered(&client.issuer).await?;
                }
                let ends = matches!(error, Error::GrantRevoked | Error::NoRefreshToken | Error::ClientRefused);
                let trouble = Trouble::from(error);
                if ends {
                    let why = Trouble::new(peta_model::Code::CONNECT_AGAIN, trouble.text.clone());
                    self.mark_broken(id, version, &why).await?;
                    return Err(why);
                }
                Err(trouble)
            }
        }
    }
}
