//! `peta credential import`: servers of an MCP client's configuration are registered, and what looks like a secret in them
//! goes into the vault. The file is only read, unless it is to be rewritten.

mod client_file;
mod looks;
mod plan;
mod rewrite;

use std::{fs, io::Read as _, path::PathBuf};

use clap::Args;
use peta_api::{
    NewCredential, Secret,
    endpoint::{AddCredential, AddServer, ListCredentials, ListServers, RefreshServer},
};
use peta_model::Code;

use self::plan::{Plan, Planned};
use super::page;
use crate::{
    client::Client,
    fault::{Fault, printable},
    terminal,
};

/// A longer file is no client's configuration.
const LIMIT: u64 = 1 << 20;

pub(super) const EXAMPLES: &str = "\
Examples:
  peta credential import .vscode/mcp.json --dry-run
  peta credential import ~/.cursor/mcp.json
  peta credential import ~/.config/Claude/claude_desktop_config.json --rewrite

Reads what Claude Desktop, Cursor, VS Code and others write (`mcpServers` or `servers`; comments are
fine). Servers that Peta does not know are registered; values of environment variables and headers
that look like secrets go into the vault, as NAME-VARIABLE. References such as ${input:token} or
${env:TOKEN} hold no secret: they are listed, for `peta credential add`.

The file is never changed unless --rewrite says so: then what was moved is replaced in it by a word on
where it is, after a copy was made beside it (FILE.before-peta, which still holds the secrets: delete it
once all works). Secrets are never printed.";

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The client's configuration: mcp.json, claude_desktop_config.json, settings.json …
    file: PathBuf,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Take the secrets that were moved out of the file, after a copy was made.
    #[arg(long, conflicts_with = "dry_run")]
    rewrite: bool,
}

impl Import {
    pub(super) async fn run(self, client: &Client) -> Result<(), Fault> {
        let text = self.text()?;
        let servers = client_file::read(&text).map_err(|why| self.wrong(&why))?;
        let known = client.call::<ListServers>(&[], &(), &()).await?;
        let stored = client.call::<ListCredentials>(&[], &(), &()).await?;
        let plan = Plan::of(servers, &known.items, &stored.items);
        for note in &plan.notes {
            terminal::note(&format!("note: {}", printable(note)));
        }
        let mut moved = Vec::new();
        for planned in plan.servers {
            let told = planned.told();
            if self.dry_run {
                terminal::answer(&format!("would {}", printable(&told)));
            } else {
                terminal::answer(&printable(&told));
                moved.extend(carry_out(client, planned).await?);
            }
        }
        if self.dry_run {
            terminal::note("nothing was done (--dry-run)");
        } else if self.rewrite && !moved.is_empty() {
            let kept = rewrite::rewrite(&self.file, &text, &moved).map_err(|why| self.wrong(&why))?;
            terminal::answer(&format!(
                "{} holds these secrets no more; as it was it stands in {}: delete that once all works",
                self.file.display(),
                kept.display()
            ));
        } else if !moved.is_empty() {
            let file = self.file.display();
            terminal::note(&format!("{file} still holds these secrets; --rewrite takes them out"));
        }
        Ok(())
    }

    fn text(&self) -> Result<String, Fault> {
        let read = || {
            let file = fs::File::open(&self.file)?;
            let mut text = String::new();
            file.take(LIMIT + 1).read_to_string(&mut text)?;
            Ok(text)
        };
        let text: String = read().map_err(|error: std::io::Error| self.wrong(&error.to_string()))?;
        let long = u64::try_from(text.len()).is_ok_and(|length| length > LIMIT);
        if long { Err(self.wrong("it is longer than 1 MiB")) } else { Ok(text) }
    }

    fn wrong(&self, why: &str) -> Fault {
        Fault::new(
            Code::USAGE,
            format!("{} cannot be imported: {why}", self.file.display()),
            "the file was not changed",
        )
    }
}

/// Registers the server, then stores its secrets. Gives what was moved: the text as it stood, and the credential's name.
async fn carry_out(client: &Client, planned: Planned) -> Result<Vec<(Secret, String)>, Fault> {
    let learns = planned.add.as_ref().is_some_and(|new| new.command.is_some() || planned.secrets.is_empty());
    if let Some(new) = &planned.add {
        client.call::<AddServer>(&[], &(), new).await?;
    }
    let mut moved = Vec::new();
    for found in planned.secrets {
        let name = found.credential.to_string();
        let new = NewCredential {
            name: found.credential,
            server: planned.name.clone(),
            delivery: found.delivery,
            user: None,
            group: None,
            capability: None,
            held: false,
            secret: found.secret,
        };
        let stored = client.call::<AddCredential>(&[], &(), &new).await?;
        page::warn(&stored.warnings);
        moved.push((found.stood, name));
    }
    if learns {
        // With all it needs in place; what cannot be learnt shows as degraded.
        client.call::<RefreshServer>(&[planned.name.as_str()], &(), &()).await?;
    }
    Ok(moved)
}
