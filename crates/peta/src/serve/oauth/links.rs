//! One-time links: 256 bits that nobody can guess, kept as their hash, for ten minutes.

use peta_identity::oauth::hash;
use peta_model::{CredentialId, Moment, Span};
use peta_store::{Link, LinkStage};

use super::{clerk::Clerk, trouble::Trouble};
use crate::serve::senses;

const GOOD_FOR: Span = Span::from_secs(600);

/// For whom and what.
pub(super) struct Wanted {
    pub(super) credential: CredentialId,
    pub(super) person: Option<String>,
    pub(super) administrator: Option<String>,
    pub(super) scopes: Option<String>,
}

/// A link that was made; its URL is known here for the last time.
pub(super) struct Made {
    pub(super) url: String,
    pub(super) hash: [u8; 32],
    pub(super) until: Moment,
}

impl Clerk {
    pub(super) async fn make_link(&self, wanted: Wanted) -> Result<Made, Trouble> {
        let Wanted { credential, person, administrator, scopes } = wanted;
        let id: String = senses::random::<32>().iter().map(|byte| format!("{byte:02x}")).collect();
        let (made, hash) = (Self::now(), hash(id.as_bytes()));
        let until = made.after(GOOD_FOR);
        let (stage, code, told) = (LinkStage::Waiting, None, None);
        let link = Link { hash, credential, person, administrator, scopes, made, until, stage, code, told };
        self.store().add_link(link).await?;
        Ok(Made { url: format!("{}/connect/{id}", self.public()), hash, until })
    }

    /// The link of that id, if it waits to be used.
    pub(super) async fn waiting(&self, id: &str) -> Result<Link, Trouble> {
        let link = self.store().link(hash(id.as_bytes())).await?;
        let good = |link: &Link| link.stage == LinkStage::Waiting && Self::now() < link.until;
        link.filter(good).ok_or_else(Trouble::unknown)
    }

    /// The same, and it is used now.
    pub(super) async fn use_link(&self, id: &str) -> Result<Link, Trouble> {
        self.store().open_link(hash(id.as_bytes()), Self::now()).await?.ok_or_else(Trouble::unknown)
    }
}
