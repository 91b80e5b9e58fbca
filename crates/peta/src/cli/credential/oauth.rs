//! `peta credential add --oauth`: a credential that somebody grants at an authorization server.

use clap::Args;
use peta_api::{NewOAuthCredential, Secret, endpoint::AddOAuthCredential};
use peta_model::{ClientAuth, Code, CredentialName, Scope, Slug};

use super::page;
use crate::{
    cli::{parse, secret},
    client::Client,
    fault::Fault,
    output::{Output, print_json},
    terminal,
};

#[derive(Debug, Args)]
pub(crate) struct OAuth {
    /// A person grants it by OAuth (`peta credential connect`); Peta renews it.
    #[arg(long, help_heading = "Where it goes")]
    oauth: bool,
    /// The authorization server's identifier, to the letter.
    #[arg(long, value_name = "URL", requires = "oauth", help_heading = "OAuth")]
    issuer: Option<String>,
    /// The client that was entered at the provider; its secret, if it has one, comes by --from-…
    #[arg(long, value_name = "ID", requires = "oauth", help_heading = "OAuth")]
    client_id: Option<String>,
    /// How the client's secret is shown [default: as the provider says it takes them; basic if it says nothing].
    #[arg(long, value_parser = parse::client_auth(), value_name = "HOW", requires = "client_id",
        conflicts_with = "client_key", help_heading = "OAuth")]
    client_auth: Option<ClientAuth>,
    /// What --from-… brings is the client's private key, not a secret: PKCS #8 in PEM, P-256 or Ed25519 (private_key_jwt).
    #[arg(long, requires = "client_id", help_heading = "OAuth")]
    client_key: bool,
    /// The id (kid) under which the provider knows that key.
    #[arg(long, value_name = "KID", requires = "client_key", help_heading = "OAuth")]
    client_key_id: Option<String>,
    /// What to ask for; what the server names when absent.
    #[arg(long, value_name = "'SCOPE …'", requires = "oauth", help_heading = "OAuth")]
    scopes: Option<String>,
    /// A provider that does not describe itself: github, google, slack …
    #[arg(long, value_name = "NAME", requires = "oauth", help_heading = "OAuth")]
    profile: Option<String>,
    /// What the profile's addresses need, such as tenant=contoso.
    #[arg(long = "profile-set", value_name = "NAME=VALUE", requires = "profile", help_heading = "OAuth")]
    set: Vec<String>,
    /// Peta gets tokens for itself with the client that was entered; no person connects.
    #[arg(long, requires = "client_id", help_heading = "OAuth")]
    client_credentials: bool,
}

/// What is the same for all credentials.
pub(super) struct Common {
    pub(super) name: CredentialName,
    pub(super) server: Slug,
    pub(super) user: Option<String>,
    pub(super) group: Option<String>,
    pub(super) capability: Option<Scope>,
}

impl OAuth {
    pub(super) const fn is_wanted(&self) -> bool {
        self.oauth
    }

    pub(super) async fn add(
        self,
        client: &Client,
        common: Common,
        secret: secret::From,
        output: &Output,
    ) -> Result<(), Fault> {
        let pair = |text: &String| {
            let pair = text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            pair.ok_or_else(|| Fault::new(Code::USAGE, "--profile-set wants NAME=VALUE", "such as tenant=contoso"))
        };
        let variables = self.set.iter().map(pair).collect::<Result<_, _>>()?;
        let Common { name, server, user, group, capability } = common;
        let (client_secret, client_key) = match proof(secret, self.client_id.is_some(), self.client_key).await? {
            Some(key) if self.client_key => (None, Some(key)),
            secret => (secret, None),
        };
        let new = NewOAuthCredential {
            name,
            server,
            user,
            group,
            capability,
            issuer: self.issuer,
            client_id: self.client_id,
            client_secret,
            client_auth: self.client_auth,
            client_key,
            client_key_id: self.client_key_id,
            scopes: self.scopes,
            profile: self.profile,
            variables,
            client_credentials: self.client_credentials,
        };
        let added = client.call::<AddOAuthCredential>(&[], &(), &new).await?;
        if output.json {
            return print_json(&added);
        }
        page::now_is("is added", &added)?;
        if added.oauth.as_ref().is_some_and(|oauth| oauth.issued.is_some()) {
            terminal::note(&page::granted(&added));
        }
        Ok(())
    }
}

/// What the client that was entered proves itself with.
async fn proof(from: secret::From, named: bool, key: bool) -> Result<Option<Secret>, Fault> {
    match (from.is_given(), named) {
        (false, _) if key => {
            let text = "nothing says where the client's key comes from";
            Err(Fault::new(Code::USAGE, text, "add --from-file FILE, --from-env VARIABLE or --from-stdin"))
        }
        (false, _) => Ok(None),
        (true, false) => {
            let text = "the secret that --from-… brings is that of a client, and none is named";
            Err(Fault::new(Code::USAGE, text, "add --client-id, or leave --from-… out"))
        }
        (true, true) if key && from.asks_a_terminal() => {
            let text = "a key has several lines, and a terminal is asked for one";
            Err(Fault::new(Code::USAGE, text, "name its file with --from-file, or pipe it in"))
        }
        (true, true) => from.read(if key { "client's key" } else { "client secret" }).await.map(Some),
    }
}
