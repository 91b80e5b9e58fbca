//! A task's id as an agent knows it: sealed, bound to the caller, saying which server has the task and under which id,
//! and which tool it is a call of, so that the judge can be asked again each time. No table is needed to read it, so it
//! outlives the session it was made in and a restart of Core.

use peta_mcp::{Value, write};
use peta_model::{AgentId, ServerId};

use crate::handle::Sealer;

const PURPOSE: &str = "task";

/// What a sealed id says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) server: ServerId,
    /// The run of Core that it was made in: what a child did ends with it.
    pub(crate) run: String,
    /// The server's own name of the tool.
    pub(crate) tool: String,
    /// The server's own id.
    pub(crate) own: String,
}

impl Token {
    /// `None` if it cannot be sealed so that it can be opened again: the server's id is too long.
    pub(crate) fn seal(&self, sealer: &Sealer, caller: AgentId) -> Option<String> {
        let parts = [&self.server.to_string(), &self.run, &self.tool, &self.own];
        let text = format!("[{}]", parts.map(|part| write::string(part)).join(","));
        let sealed = sealer.seal(caller, PURPOSE, &text)?;
        sealer.open(caller, PURPOSE, &sealed).is_ok().then_some(sealed)
    }

    /// Reads an id that this caller brought back; `None` for any that was not made here for it.
    pub(crate) fn open(sealer: &Sealer, caller: AgentId, sealed: &str) -> Option<Self> {
        let text = sealer.open(caller, PURPOSE, sealed).ok()?;
        let parts: Vec<String> =
            Value::of(&text).ok()?.items().filter_map(|part| Some(part.as_str()?.into_owned())).collect();
        let [server, run, tool, own] = <[String; 4]>::try_from(parts).ok()?;
        Some(Self { server: server.parse().ok()?, run, tool, own })
    }
}

#[cfg(test)]
mod tests;
