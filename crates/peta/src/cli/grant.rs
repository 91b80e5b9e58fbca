//! `peta grant …`: what agents may use.

use clap::{Args, Subcommand};
use peta_api::{
    GrantEntry, GrantQuery,
    endpoint::{AddGrant, ListGrants, RemoveGrant},
};
use peta_model::AgentName;

use super::parse;
use crate::{
    client::Client,
    fault::Fault,
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Grant {
    /// Let an agent use a server, or one capability of it.
    #[command(after_help = "\
Examples:
  peta grant add build-bot files                     everything that `files` offers
  peta grant add build-bot files/read_file           one tool
  peta grant add build-bot 'files/resource:file:///srv/*'")]
    Add(Pair),
    /// Take a grant away.
    Remove(Pair),
    /// List what agents may use.
    List(List),
}

#[derive(Debug, Args)]
pub(crate) struct Pair {
    #[arg(value_parser = parse::agent)]
    agent: AgentName,
    /// SERVER, SERVER/TOOL or SERVER/KIND:NAME; a `*` at the end makes it a prefix.
    #[arg(value_name = "SERVER[/CAPABILITY]", value_parser = parse::grant)]
    grant: peta_model::Grant,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only this agent's.
    #[arg(value_parser = parse::agent)]
    agent: Option<AgentName>,
    #[command(flatten)]
    output: Output,
}

impl Grant {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Add(Pair { agent, grant }) => {
                let entry = client.call::<AddGrant>(&[], &(), &GrantEntry { agent, grant }).await?;
                terminal::answer(&format!("agent `{}` may use {}", entry.agent, entry.grant));
                Ok(())
            }
            Self::Remove(Pair { agent, grant }) => {
                let entry = GrantEntry { agent, grant };
                client.call::<RemoveGrant>(&[], &entry, &()).await?;
                terminal::answer(&format!("agent `{}` may no longer use {}", entry.agent, entry.grant));
                Ok(())
            }
            Self::List(List { agent, output }) => {
                let list = client.call::<ListGrants>(&[], &GrantQuery { agent }, &()).await?;
                if output.json {
                    return print_json(&list);
                }
                let rows: Vec<Vec<String>> =
                    list.items.iter().map(|entry| vec![entry.agent.to_string(), entry.grant.to_string()]).collect();
                if rows.is_empty() {
                    terminal::answer("no grants: no agent may use anything");
                } else {
                    terminal::answer(&show::table(&["AGENT", "MAY USE"], &rows, terminal::width()));
                }
                Ok(())
            }
        }
    }
}
