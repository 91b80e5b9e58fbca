//! `peta server …`: what can be said about servers.

mod page;

use std::{collections::BTreeMap, time::Duration};

use clap::{Args, Subcommand};
use peta_api::{
    NewServer, ServerChange,
    endpoint::{
        AddServer, DisableServer, EnableServer, ListServerLogs, ListServers, RefreshServer, RemoveServer, SetServer,
        ShowServer, TestServer,
    },
    server::Ending,
};
use peta_model::{HttpMode, Isolation, Slug, Whose};

use super::parse;
use crate::{
    client::Client,
    fault::Fault,
    output::{Output, print_json},
    terminal,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Server {
    /// Register a server: one that Peta starts, or one at a URL.
    #[command(after_help = ADD_EXAMPLES)]
    Add(Add),
    /// Change a server; what is not named stays.
    Set(Set),
    /// List the servers and how they do.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show a server and the names of all it offers.
    Show(Named),
    /// Switch a server on again.
    Enable(Named),
    /// Switch a server off: new calls are refused at once, running ones get 5 s.
    Disable(Ended),
    /// Remove a server: new calls are refused at once, running ones get 5 s.
    Remove(Ended),
    /// Learn again what a server offers.
    Refresh(Named),
    /// Try to reach a server and say what was found; nothing is stored.
    Test(Named),
    /// Show what a server wrote to its standard error.
    Logs(Named),
}

const ADD_EXAMPLES: &str = "\
Examples:
  peta server add files -- npx -y @modelcontextprotocol/server-filesystem ~/docs
  peta server add github --env GITHUB_TOKEN=… -- npx -y @modelcontextprotocol/server-github
  peta server add docs --url https://mcp.example.com/mcp
  peta server add old --url http://127.0.0.1:3001/sse --transport sse --isolation shared

The server is started (or dialled) once, to learn what it offers. If that does not work within
30 s it is registered all the same, in state `degraded`.";

const ADD_USAGE: &str = "peta server add [OPTIONS] <NAME> --url <URL>
       peta server add [OPTIONS] <NAME> [--env <NAME=VALUE>]… -- <COMMAND> [ARGS]…";

#[derive(Debug, Args)]
#[command(override_usage = ADD_USAGE)]
#[command(group = clap::ArgGroup::new("where").required(true).args(["url", "command"]))]
pub(crate) struct Add {
    /// Its name: a lower-case letter, then up to 15 lower-case letters, digits or `-`.
    #[arg(value_parser = parse::slug)]
    name: Slug,
    /// Where it is.
    #[arg(long)]
    url: Option<String>,
    /// Which transport the URL speaks.
    #[arg(long, value_parser = parse::http_mode(), conflicts_with = "command", value_name = "MODE")]
    transport: Option<HttpMode>,
    /// An environment variable for the command. Its value is never shown again.
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = parse::variable, conflicts_with = "url")]
    env: Vec<(String, String)>,
    /// Who shares an instance.
    #[arg(long, value_parser = parse::isolation(), value_name = "HOW")]
    isolation: Option<Isolation>,
    /// Whose credential calls carry [default: user-then-shared].
    #[arg(long, value_parser = parse::whose(), value_name = "WHOSE")]
    credential: Option<Whose>,
    /// Do not start or dial it now to learn what it offers.
    #[arg(long)]
    no_discover: bool,
    /// Start an instance as soon as a session opens, not at its first request.
    #[arg(long)]
    eager: bool,
    #[command(flatten)]
    output: Output,
    /// The program to start, and its arguments, after `--`.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args(["url", "isolation", "idle", "total", "eager", "credential", "payloads"]))]
pub(crate) struct Set {
    #[arg(value_parser = parse::slug)]
    name: Slug,
    /// A new place, for a server that has a URL.
    #[arg(long)]
    url: Option<String>,
    /// Who shares an instance.
    #[arg(long, value_parser = parse::isolation(), value_name = "HOW")]
    isolation: Option<Isolation>,
    /// How long a call may go without its first byte or progress, such as 30s; `default` for the setting.
    #[arg(long, value_parser = parse::span_or_default, value_name = "TIME")]
    idle: Option<parse::OwnSpan>,
    /// How long a call may take in all, such as 15m; `default` for the setting.
    #[arg(long, value_parser = parse::span_or_default, value_name = "TIME")]
    total: Option<parse::OwnSpan>,
    /// Whether an instance starts as soon as a session opens.
    #[arg(long, value_name = "BOOL")]
    eager: Option<bool>,
    /// Whose credential calls carry.
    #[arg(long, value_parser = parse::whose(), value_name = "WHOSE")]
    credential: Option<Whose>,
    /// What of arguments and results is kept beside the record; `default` for the setting `record.payloads`.
    #[arg(long, value_parser = parse::payloads_or_default(), value_name = "WORD")]
    payloads: Option<parse::OwnPayloads>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    #[arg(value_parser = parse::slug)]
    name: Slug,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Ended {
    #[arg(value_parser = parse::slug)]
    name: Slug,
    /// Cut running calls at once.
    #[arg(long)]
    now: bool,
}

impl Server {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::Add(add) => add.run(client).await,
            Self::Set(set) => set.run(client).await,
            Self::List { output } => {
                let list = client.call::<ListServers>(&[], &(), &()).await?;
                if output.json { print_json(&list) } else { page::list(&list.items) }
            }
            Self::Show(named) => {
                let server = client.call::<ShowServer>(&[named.name.as_str()], &(), &()).await?;
                if named.output.json { print_json(&server) } else { page::show(&server) }
            }
            Self::Enable(named) => {
                let server = client.call::<EnableServer>(&[named.name.as_str()], &(), &()).await?;
                if named.output.json { print_json(&server) } else { page::now_is("is on again", &server) }
            }
            Self::Disable(ended) => {
                let server =
                    client.call::<DisableServer>(&[ended.name.as_str()], &Ending { now: ended.now }, &()).await?;
                page::now_is("is switched off", &server)
            }
            Self::Remove(ended) => {
                client.call::<RemoveServer>(&[ended.name.as_str()], &Ending { now: ended.now }, &()).await?;
                terminal::answer(&format!("server `{}` is removed", ended.name));
                Ok(())
            }
            Self::Refresh(named) => {
                let names = [named.name.as_str()];
                let asked = client.call::<RefreshServer>(&names, &(), &());
                let server = while_learning(&named.name, asked).await?;
                if named.output.json { print_json(&server) } else { page::now_is("was asked again", &server) }
            }
            Self::Test(named) => named.test(client).await,
            Self::Logs(named) => {
                let lines = client.call::<ListServerLogs>(&[named.name.as_str()], &(), &()).await?;
                if named.output.json { print_json(&lines) } else { page::logs(&named.name, &lines.items) }
            }
        }
    }
}

impl Add {
    async fn run(self, client: &Client) -> Result<(), Fault> {
        let mut command = self.command.into_iter();
        let new = NewServer {
            name: self.name.clone(),
            url: self.url,
            transport: self.transport,
            command: command.next(),
            args: command.collect(),
            env: BTreeMap::from_iter(self.env),
            isolation: self.isolation,
            credential: self.credential,
            eager: self.eager,
            discover: !self.no_discover,
            idle: None,
            total: None,
            payloads: None,
        };
        let asked = client.call::<AddServer>(&[], &(), &new);
        let server = if self.no_discover { asked.await? } else { while_learning(&self.name, asked).await? };
        if self.output.json { print_json(&server) } else { page::now_is("is registered", &server) }
    }
}

impl Set {
    async fn run(self, client: &Client) -> Result<(), Fault> {
        let change = ServerChange {
            url: self.url,
            transport: None,
            isolation: self.isolation,
            credential: self.credential,
            eager: self.eager,
            idle: self.idle.map(|own| own.0),
            total: self.total.map(|own| own.0),
            payloads: self.payloads.map(|own| own.0),
        };
        let names = [self.name.as_str()];
        let asked = client.call::<SetServer>(&names, &(), &change);
        let server = while_learning(&self.name, asked).await?;
        if self.output.json { print_json(&server) } else { page::now_is("is changed", &server) }
    }
}

impl Named {
    /// A test that finds the server unreachable is a failed command.
    async fn test(self, client: &Client) -> Result<(), Fault> {
        let names = [self.name.as_str()];
        let asked = client.call::<TestServer>(&names, &(), &());
        let test = while_learning(&self.name, asked).await?;
        if self.output.json {
            print_json(&test)?;
        } else if test.ok {
            page::tested(&self.name, &test)?;
        }
        match test.failure {
            None => Ok(()),
            Some(failure) => Err(Fault::answered(
                &failure.code,
                format!("server `{}` cannot be learnt: {}", self.name, failure.detail),
                format!("see what it wrote: `peta server logs {}`", self.name),
            )),
        }
    }
}

/// Says on stderr that it may take a while, if it does.
async fn while_learning<T>(name: &Slug, asked: impl Future<Output = T>) -> T {
    let mut asked = std::pin::pin!(asked);
    let mut waited = 0_u32;
    loop {
        tokio::select! {
            answer = &mut asked => {
                terminal::progress("");
                return answer;
            }
            () = tokio::time::sleep(Duration::from_secs(1)) => {
                waited += 1;
                terminal::progress(&format!("asking `{name}` what it offers … {waited} s (at most 30)"));
            }
        }
    }
}
