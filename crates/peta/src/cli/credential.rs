//! `peta credential …`: what Peta shows to servers on behalf of those who call. A secret comes in on standard input, from a
//! variable or from a file, never as an argument: arguments can be read by everybody on the machine.

mod connect;
mod import;
mod oauth;
mod page;
mod way;

use clap::{Args, Subcommand};
use peta_api::{
    NewCredential, NewSecret,
    endpoint::{AddCredential, ConfirmCredential, ListCredentials, RemoveCredential, RotateCredential, ShowCredential},
};
use peta_model::{CredentialName, Scope, Slug};

use super::{parse, secret};
use crate::{
    client::Client,
    fault::Fault,
    output::{Output, print_json},
    terminal,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Credential {
    /// Store a credential for a server.
    #[command(after_help = ADD_EXAMPLES)]
    Add(Box<Add>),
    /// List the credentials; never their secrets.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show a credential: whose it is, where it goes, when it was set and used; never its secret.
    Show(Named),
    /// Give a credential a new secret; the old one is gone at once.
    #[command(after_help = ROTATE_EXAMPLES)]
    Rotate(Rotate),
    /// Connect by OAuth: prints a link, waits, and says what was granted.
    #[command(after_help = connect::EXAMPLES)]
    Connect(connect::Connect),
    /// Confirm a credential that is held, or whose server has moved.
    #[command(after_help = "\
A credential is bound to the place that it was given for. When its server's URL moves to another host,
it is sent nowhere until somebody confirms that the new place may have it.")]
    Confirm(Named),
    /// Remove a credential and its secret; what was granted is revoked. Nothing is sent in its place.
    Remove {
        #[arg(value_parser = parse::credential)]
        name: CredentialName,
    },
    /// Take servers and secrets over from an MCP client's configuration.
    #[command(after_help = import::EXAMPLES)]
    Import(import::Import),
}

const ADD_EXAMPLES: &str = "\
Examples:
  peta credential add github --server github --header 'Authorization: Bearer {}' --from-stdin
  gh auth token | peta credential add github --server github --header 'Authorization: Bearer {}' --from-stdin
  peta credential add ada-jira --server jira --basic ada@example.com --user ada --from-file token.txt
  peta credential add search --server search --query api_key --from-env SEARCH_KEY
  peta credential add db --server db --file PGPASSFILE --from-file pgpass
  peta credential add writer --server files --env TOKEN --capability 'tool:write_*' --from-stdin
  peta credential add ada-linear --server linear --oauth --user ada
  peta credential add hub --server hub --oauth --profile github --client-id ID --from-stdin
  peta credential add jobs --server jobs --oauth --client-credentials --client-id ID --issuer URL \
    --client-key --from-file key.pem

On a terminal, --from-stdin asks for the secret and does not show it. One line feed at the end of
standard input or of a file is left out; everything else is the secret. It must be text (UTF-8).

Servers at a URL take --header, --query, --cookie or --basic: the secret is lent to one request at a
time. Servers with a command take --fd or --file (handed over once, at the start) or --env (in the
environment of the process for its whole life). Without --user or --group everybody who may use the
server uses it.";

const ROTATE_EXAMPLES: &str = "\
Examples:
  peta credential rotate github --from-stdin
  peta credential rotate github --from-file new-token.txt

The server's instances are opened anew; running calls get 5 s. One line feed at the end of standard
input or of a file is left out.";

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("way").required(true).args(["oauth", "header", "query", "cookie", "basic", "env", "fd", "file"]))]
#[command(group = clap::ArgGroup::new("source").required(true).multiple(true).args(["oauth", "from_stdin", "from_env", "from_file"]))]
pub(crate) struct Add {
    /// Its name: 1 to 64 letters, digits, `.`, `_` or `-`.
    #[arg(value_parser = parse::credential)]
    name: CredentialName,
    /// The server that is given it.
    #[arg(long, value_parser = parse::slug)]
    server: Slug,
    #[command(flatten)]
    way: way::Way,
    #[command(flatten)]
    oauth: oauth::OAuth,
    /// Whose it is: one person's, by the name that agents act for.
    #[arg(long)]
    user: Option<String>,
    /// Whose it is: of everybody in a group.
    #[arg(long, conflicts_with = "user")]
    group: Option<String>,
    /// What of the server it is for, such as tool:write_*; everything when absent.
    #[arg(long, value_name = "KIND:NAME")]
    capability: Option<Scope>,
    /// Store it, and use it only once it was confirmed.
    #[arg(long)]
    held: bool,
    #[command(flatten)]
    secret: secret::From,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["from_stdin", "from_env", "from_file"]))]
pub(crate) struct Rotate {
    #[arg(value_parser = parse::credential)]
    name: CredentialName,
    #[command(flatten)]
    secret: secret::From,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    #[arg(value_parser = parse::credential)]
    name: CredentialName,
    #[command(flatten)]
    output: Output,
}

impl Credential {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Add(add) => add.run(client).await,
            Self::List { output } => {
                let list = client.call::<ListCredentials>(&[], &(), &()).await?;
                if output.json { print_json(&list) } else { page::list(&list.items) }
            }
            Self::Show(named) => {
                let shown = client.call::<ShowCredential>(&[named.name.as_str()], &(), &()).await?;
                if named.output.json { print_json(&shown) } else { page::show(&shown) }
            }
            Self::Rotate(rotate) => {
                let secret = rotate.secret.read("new secret").await?;
                let names = [rotate.name.as_str()];
                let stored = client.call::<RotateCredential>(&names, &(), &NewSecret { secret }).await?;
                page::warn(&stored.warnings);
                if rotate.output.json {
                    print_json(&stored)
                } else {
                    page::now_is("has a new secret", &stored.credential)
                }
            }
            Self::Connect(connect) => connect.run(client).await,
            Self::Confirm(named) => {
                let shown = client.call::<ConfirmCredential>(&[named.name.as_str()], &(), &()).await?;
                if named.output.json { print_json(&shown) } else { page::now_is("is confirmed", &shown) }
            }
            Self::Remove { name } => {
                let removed = client.call::<RemoveCredential>(&[name.as_str()], &(), &()).await?;
                page::warn(&removed.warning.into_iter().collect::<Vec<_>>());
                terminal::answer(&format!(
                    "credential `{name}` is removed; calls that need it are refused from now on"
                ));
                Ok(())
            }
            Self::Import(import) => import.run(client).await,
        }
    }
}

impl Add {
    async fn run(self, client: &Client) -> Result<(), Fault> {
        if self.oauth.is_wanted() {
            let Self { name, server, user, group, capability, .. } = self;
            let common = oauth::Common { name, server, user, group, capability };
            return self.oauth.add(client, common, self.secret, &self.output).await;
        }
        // Before the secret is asked for: whoever typed it should not have to type it again.
        let delivery = self.way.read()?;
        let new = NewCredential {
            name: self.name,
            server: self.server,
            delivery,
            user: self.user,
            group: self.group,
            capability: self.capability,
            held: self.held,
            secret: self.secret.read("secret").await?,
        };
        let stored = client.call::<AddCredential>(&[], &(), &new).await?;
        page::warn(&stored.warnings);
        if self.output.json { print_json(&stored) } else { page::now_is("is stored", &stored.credential) }
    }
}
