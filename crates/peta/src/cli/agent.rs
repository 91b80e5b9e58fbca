//! `peta agent …`: agents and their service tokens.

use clap::{Args, Subcommand};
use peta_api::{
    Agent as Shown, Expiry, NewAgent, Rotation, TokenGiven,
    endpoint::{AddAgent, ListAgents, PardonAgent, RevokeAgent, RotateAgent, ShowAgent},
};
use peta_model::{AgentName, Grant, Span};

use super::parse;
use crate::{
    client::Client,
    fault::Fault,
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Agent {
    /// Register an agent and print its service token, this once.
    #[command(after_help = ADD_EXAMPLES)]
    Add(Add),
    /// List the agents.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show an agent, its grants and its tokens.
    Show(Named),
    /// Forget that an agent sent secrets it was never given, and let it call again if it was suspended for that.
    Pardon(Named),
    /// Revoke an agent at once and for good: its tokens open nothing, its sessions end.
    Revoke(Named),
    /// Give an agent a new token; its sessions go on with it.
    Rotate(Rotate),
}

const ADD_EXAMPLES: &str = "\
Examples:
  peta agent add build-bot --grant files                       all of the server `files`
  peta agent add reader --grant files/read_file --grant 'files/tool:list_*' --expires 30d
  export PETA_AGENT_TOKEN=$(peta agent add my-agent --grant files --quiet)

A grant is SERVER, SERVER/TOOL, or SERVER/KIND:NAME with kind tool, prompt, resource or template;
a `*` at the end makes it a prefix.";

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Its name: 1 to 64 letters, digits, `.`, `_` or `-`.
    #[arg(value_parser = parse::agent)]
    name: AgentName,
    /// Whom it acts for.
    #[arg(long)]
    user: Option<String>,
    /// A group it belongs to; may be repeated.
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// What it may use; may be repeated.
    #[arg(long = "grant", value_name = "SERVER[/CAPABILITY]", value_parser = parse::grant)]
    grants: Vec<Grant>,
    /// When its token ends: 30d, 12h, or a time such as 2026-11-25T09:30:00Z [default: never].
    #[arg(long, value_name = "WHEN")]
    expires: Option<Expiry>,
    /// Print nothing but the token.
    #[arg(long, conflicts_with = "json")]
    quiet: bool,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    #[arg(value_parser = parse::agent)]
    name: AgentName,
    /// How long the old token still works [default: not at all].
    #[arg(long, value_name = "TIME")]
    grace: Option<Span>,
    /// When the new token ends [default: never].
    #[arg(long, value_name = "WHEN")]
    expires: Option<Expiry>,
    /// Print nothing but the token.
    #[arg(long, conflicts_with = "json")]
    quiet: bool,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    #[arg(value_parser = parse::agent)]
    name: AgentName,
    #[command(flatten)]
    output: Output,
}

impl Agent {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Add(add) => add.run(client).await,
            Self::List { output } => {
                let list = client.call::<ListAgents>(&[], &(), &()).await?;
                if output.json { print_json(&list) } else { list_page(&list.items) }
            }
            Self::Show(named) => {
                let agent = client.call::<ShowAgent>(&[named.name.as_str()], &(), &()).await?;
                if named.output.json { print_json(&agent) } else { show_page(&agent) }
            }
            Self::Pardon(named) => {
                let agent = client.call::<PardonAgent>(&[named.name.as_str()], &(), &()).await?;
                if named.output.json {
                    return print_json(&agent);
                }
                terminal::answer(&format!("agent `{}` may call again", agent.name));
                Ok(())
            }
            Self::Revoke(named) => {
                let agent = client.call::<RevokeAgent>(&[named.name.as_str()], &(), &()).await?;
                if named.output.json {
                    return print_json(&agent);
                }
                terminal::answer(&format!("agent `{}` is revoked; its sessions have ended", agent.name));
                Ok(())
            }
            Self::Rotate(rotate) => {
                let change = Rotation { grace: rotate.grace, expires: rotate.expires };
                let given = client.call::<RotateAgent>(&[rotate.name.as_str()], &(), &change).await?;
                let old = rotate.grace.map_or_else(
                    || "the old one is refused from now on".to_owned(),
                    |grace| format!("the old one works for another {grace}"),
                );
                given_page(
                    &given,
                    &format!("agent `{}` has a new token; {old}", rotate.name),
                    rotate.quiet,
                    rotate.output,
                )
            }
        }
    }
}

impl Add {
    async fn run(self, client: &Client) -> Result<(), Fault> {
        let new = NewAgent {
            name: self.name.clone(),
            user: self.user,
            groups: self.groups,
            grants: self.grants,
            expires: self.expires,
        };
        let given = client.call::<AddAgent>(&[], &(), &new).await?;
        let mut text = format!("agent `{}` is registered", self.name);
        if new.grants.is_empty() {
            text.push_str(&format!("; it may use nothing yet: `peta grant add {} SERVER`", self.name));
        }
        given_page(&given, &text, self.quiet, self.output)
    }
}

/// A token is printed once; what is said around it goes to stderr, so that it can be piped on.
fn given_page(given: &TokenGiven, text: &str, quiet: bool, output: Output) -> Result<(), Fault> {
    if output.json {
        return print_json(given);
    }
    if !quiet {
        let until = show::time_or(given.agent.expires, "it is revoked");
        terminal::note(&format!("{text}\nIts token, shown this once, good until {until}:\n"));
    }
    terminal::answer(&given.token);
    if !quiet {
        terminal::note("\nUse it as a bearer token at /mcp, or give it to `peta stdio` in PETA_AGENT_TOKEN.");
    }
    Ok(())
}

fn list_page(agents: &[Shown]) -> Result<(), Fault> {
    if agents.is_empty() {
        terminal::answer("no agents yet; `peta agent add --help` shows how to add one");
        return Ok(());
    }
    let row = |agent: &Shown| {
        let state = if agent.revoked.is_some() { "revoked" } else { "active" };
        vec![
            agent.name.to_string(),
            state.to_owned(),
            agent.user.clone().unwrap_or_else(|| "-".to_owned()),
            show::listed(&agent.grants),
            show::time_or(agent.last_used, "never"),
            show::time_or(agent.expires, "never"),
        ]
    };
    let headings = ["NAME", "STATE", "USER", "GRANTS", "LAST USED", "EXPIRES"];
    let rows: Vec<Vec<String>> = agents.iter().map(row).collect();
    terminal::answer(&show::table(&headings, &rows, terminal::width()));
    Ok(())
}

fn state(agent: &Shown) -> String {
    match agent.revoked {
        Some(at) => format!("revoked {}", show::time(at)),
        None if agent.suspended => {
            let (name, times) = (&agent.name, agent.guesses);
            format!("suspended: it sent secrets it was never given, {times} times; `peta agent pardon {name}`")
        }
        None => "active".to_owned(),
    }
}

fn show_page(agent: &Shown) -> Result<(), Fault> {
    let mut pairs = vec![
        ("name", agent.name.to_string()),
        ("state", state(agent)),
        ("user", agent.user.clone().unwrap_or_else(|| "-".to_owned())),
        ("groups", show::listed(&agent.groups)),
        ("grants", show::listed(&agent.grants)),
        ("created", show::time(agent.created)),
        ("last used", show::time_or(agent.last_used, "never")),
    ];
    for token in &agent.tokens {
        let text = format!(
            "{} made {}, expires {}, last used {}",
            token.id,
            show::time(token.created),
            show::time_or(token.expires, "never"),
            show::time_or(token.last_used, "never"),
        );
        pairs.push(("token", text));
    }
    terminal::answer(&show::fields(&pairs, terminal::width()));
    Ok(())
}
