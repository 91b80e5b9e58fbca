//! The command line: what can be said, and what each command does with the admin API. One file per noun.
//!
//! Every command but `serve`, `doctor` and `completions` is a client like any other; none starts a Core.

mod admin;
mod agent;
mod audit;
mod context;
mod credential;
mod events;
mod grant;
mod parse;
mod secret;
mod server;
mod vault;

use std::{path::PathBuf, process::ExitCode};

use clap::{CommandFactory as _, Parser, Subcommand};

use self::context::{Context, with_core};
use crate::{environment::Environment, fault::Fault, output::print_json, place::Place, terminal};

/// Peta: a gateway between AI agents and MCP servers that knows who may call what, and keeps the record.
#[derive(Debug, Parser)]
#[command(name = "peta", version, disable_help_subcommand = true, subcommand_required = true)]
#[command(arg_required_else_help = true, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// The data directory [default: $PETA_DATA, else $XDG_DATA_HOME/peta].
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
First steps:
  peta serve                                              start Core (it stays in the foreground)
  peta server add files -- npx -y @modelcontextprotocol/server-filesystem ~/docs
  peta agent add my-agent --grant files                   prints the agent's token, this once
  peta events --follow                                    watch what agents do

An agent then uses http://127.0.0.1:7382/mcp with that token as a bearer token, or starts
`peta stdio` with the token in PETA_AGENT_TOKEN. From another machine, set PETA_URL and PETA_TOKEN
(`peta admin token` makes one).

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 Core cannot be reached.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Start Core and stay in the foreground.
    Serve(crate::serve::Serve),
    /// Bridge an MCP client's standard streams to a running Core.
    Stdio(crate::stdio::Stdio),
    /// Register MCP servers and look after them.
    #[command(subcommand)]
    Server(server::Server),
    /// Register agents and look after their tokens.
    #[command(subcommand)]
    Agent(agent::Agent),
    /// Administrators' tokens.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// What agents may use.
    #[command(subcommand)]
    Grant(grant::Grant),
    /// What Peta shows to servers on behalf of those who call.
    #[command(subcommand)]
    Credential(credential::Credential),
    /// The vault that keeps credentials.
    #[command(subcommand)]
    Vault(vault::Vault),
    /// Read the record: who called what, and how it ended.
    Events(events::Events),
    /// The record as an auditor needs it: searched, exported, checked, proven.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Look for what is wrong, and say what to do.
    Doctor(crate::doctor::Doctor),
    /// Print a completion script for a shell.
    #[command(after_help = "Example:\n  peta completions bash > ~/.local/share/bash-completion/completions/peta")]
    Completions { shell: clap_complete::Shell },
    /// Print the OpenAPI document of the admin API.
    #[command(hide = true)]
    Openapi,
}

/// Reads the command line and does what it says.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let environment = Environment::read();
    let place = Place::find(cli.data, &environment);
    let done = run(cli.command, Context { place, environment });
    match done {
        Ok(code) => code,
        Err(fault) => {
            terminal::note(&fault.to_string());
            fault.exit().into()
        }
    }
}

fn run(command: Command, context: Context) -> Result<ExitCode, Fault> {
    match command {
        Command::Serve(serve) => serve.run(context.place, context.environment),
        Command::Stdio(stdio) => stdio.run(context.place, context.environment),
        Command::Doctor(doctor) => doctor.run(&context.place, &context.environment),
        Command::Server(server) => with_core(context, async |client| server.run(client).await),
        Command::Agent(agent) => with_core(context, async |client| agent.run(client).await),
        Command::Admin(admin) => with_core(context, async |client| admin.run(client).await),
        Command::Grant(grant) => with_core(context, async |client| grant.run(client).await),
        Command::Credential(credential) => with_core(context, async |client| credential.run(client).await),
        Command::Vault(vault) => with_core(context, async |client| vault.run(client).await),
        Command::Audit(audit) => audit.run(context),
        Command::Events(events) => with_core(context, async |client| events.run(client).await),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "peta", &mut script);
            terminal::answer(&String::from_utf8_lossy(&script));
            Ok(ExitCode::SUCCESS)
        }
        Command::Openapi => {
            print_json(&peta_admin::openapi())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What clap says about a wrong command line, with our code; `--help` and `--version` are no mistakes.
fn misused(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            terminal::answer(&error.render().to_string());
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            terminal::note(error.render().to_string().trim_end());
            ExitCode::from(2)
        }
        _ => {
            let text = error.render().to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
            terminal::note(&format!("error[{code}]: {text}\n(docs/errors/{code}.md)", code = peta_model::Code::USAGE));
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests;
