//! `peta admin …`: administrators' tokens, for `PETA_URL` and `PETA_TOKEN`.

use clap::{Args, Subcommand};
use peta_api::{
    AdminToken, Expiry, NewAdminToken,
    endpoint::{AddAdminToken, ListAdminTokens, RevokeAdminToken},
};
use peta_model::{Role, TokenId};

use super::parse;
use crate::{
    client::Client,
    fault::Fault,
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Make an administrator's token and print it, this once.
    #[command(after_help = "Example:\n  export PETA_URL=https://peta.example.com PETA_TOKEN=…\n  peta server list")]
    Token(Token),
    /// List the administrators' tokens that still open something.
    Tokens {
        #[command(flatten)]
        output: Output,
    },
    /// Revoke an administrator's token at once, by its id.
    Revoke { id: TokenId },
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    /// What it may do.
    #[arg(long, value_parser = parse::role(), default_value = "owner", value_name = "ROLE")]
    role: Role,
    /// When it ends: 1h, 30d, or a time such as 2026-11-25T09:30:00Z.
    #[arg(long, value_name = "WHEN", default_value = "1h")]
    expires: Expiry,
    #[command(flatten)]
    output: Output,
}

impl Admin {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Token(token) => token.run(client).await,
            Self::Tokens { output } => {
                let list = client.call::<ListAdminTokens>(&[], &(), &()).await?;
                if output.json { print_json(&list) } else { list_page(&list.items) }
            }
            Self::Revoke { id } => {
                client.call::<RevokeAdminToken>(&[&id.to_string()], &(), &()).await?;
                terminal::answer(&format!("the administrator's token {id} is revoked"));
                Ok(())
            }
        }
    }
}

impl Token {
    async fn run(self, client: &Client) -> Result<(), Fault> {
        let new = NewAdminToken { role: Some(self.role), expires: Some(self.expires) };
        let given = client.call::<AddAdminToken>(&[], &(), &new).await?;
        if self.output.json {
            return print_json(&given);
        }
        let until = show::time_or(given.about.expires, "it is revoked");
        terminal::note(&format!("an administrator's token ({}), shown this once, good until {until}:\n", self.role));
        terminal::answer(&given.token);
        Ok(())
    }
}

fn list_page(tokens: &[AdminToken]) -> Result<(), Fault> {
    if tokens.is_empty() {
        terminal::answer("no administrator's token is good; at the socket none is needed");
        return Ok(());
    }
    let row = |token: &AdminToken| {
        vec![
            token.id.to_string(),
            token.role.to_string(),
            show::time(token.created),
            show::time_or(token.expires, "never"),
            show::time_or(token.last_used, "never"),
        ]
    };
    let rows: Vec<Vec<String>> = tokens.iter().map(row).collect();
    terminal::answer(&show::table(&["ID", "ROLE", "CREATED", "EXPIRES", "LAST USED"], &rows, terminal::width()));
    Ok(())
}
