//! `peta audit report credentials`: each credential, and what it touched.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use peta_api::{
    Credential,
    endpoint::{ListCredentials, ReportCredentials},
    report::{ReportFilters, ReportKind, ReportQuery, Tally, UseKey, UseRow},
};
use peta_model::Code;
use serde::Serialize;

use super::{
    csv::Sheet,
    give::{Report, Way, give},
    names::{or_dash, or_empty},
    period::Period,
    reading::Reading,
};
use crate::{client::Client, fault::Fault, show};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  peta audit report credentials
  peta audit report credentials github-token --from 2026-11-28T00:00:00Z      what it touched since it may have leaked")]
pub(crate) struct Credentials {
    /// Only this one, by its name or its id; one that was removed is found too.
    name: Option<String>,
    #[command(flatten)]
    period: Period,
    #[command(flatten)]
    way: Way,
}

#[derive(Serialize)]
struct Touched {
    credentials: Vec<Credential>,
    uses: Vec<UseRow>,
    events: u64,
    sealed: u64,
}

impl Credentials {
    pub(super) async fn run(self, client: &Client) -> Result<(), Fault> {
        let filters = ReportFilters { credential: self.name.clone(), ..self.period.filters() };
        let mut credentials = client.call::<ListCredentials>(&[], &(), &()).await?.items;
        if let Some(name) = &self.name {
            credentials.retain(|it| it.name.as_str() == name || it.id.to_string() == *name);
        }
        let mut tally: Tally<UseKey> = Tally::new();
        let mut reading = Reading::default();
        let mut query = filters.query();
        loop {
            let part = client.call::<ReportCredentials>(&[], &query, &()).await?;
            part.rows.into_iter().for_each(|UseRow { what, seen }| tally.add(what, seen));
            reading.sealed += part.sealed;
            reading.read(part.events, part.back_to, tally.len())?;
            let Some(next) = part.next else { break };
            query = ReportQuery { cursor: Some(next), ..query };
        }
        reading.done();
        if let Some(name) = self.name.filter(|_| credentials.is_empty() && tally.is_empty()) {
            let text = format!("there is no credential `{name}`, and no event of that time that carried one");
            return Err(Fault::new(Code::ADMIN_NOT_FOUND, text, "`peta credential list` shows those there are"));
        }
        let uses = tally.into_rows().map(|(what, seen)| UseRow { what, seen }).collect();
        let touched = Touched { credentials, uses, events: reading.events, sealed: reading.sealed };
        give(client, &self.way, &filters, &touched).await
    }
}

impl Report for Touched {
    const KIND: ReportKind = ReportKind::Credentials;

    /// One row for each use, and one for each credential without any.
    fn sheet(&self) -> Sheet {
        let headings = &[
            "credential",
            "id",
            "owner",
            "delivery_class",
            "state",
            "version_now",
            "set",
            "set_by",
            "last_used",
            "version_used",
            "server",
            "agent",
            "agent_id",
            "user",
            "kind",
            "capability",
            "outcome",
            "count",
            "first",
            "last",
        ];
        let none = || [const { String::new() }; 11];
        let about = |it: &Credential| {
            [
                it.class.clone(),
                it.state.word().to_owned(),
                it.version.to_string(),
                it.set.to_string(),
                it.set_by.clone(),
                or_empty(it.last_used.as_ref()),
            ]
        };
        let now: BTreeMap<String, &Credential> = self.credentials.iter().map(|it| (it.id.to_string(), it)).collect();
        let of = |what: &UseKey| now.get(&what.credential).copied();
        let used = self.uses.iter().map(|UseRow { what, seen }| {
            let now = of(what).map_or_else(|| ["", "removed", "", "", "", ""].map(str::to_owned), about);
            let touch = [
                what.version.to_string(),
                or_empty(what.server.as_ref()),
                or_empty(what.agent.as_ref()),
                or_empty(what.agent_id.as_ref()),
                or_empty(what.user.as_ref()),
                what.kind.clone(),
                or_empty(what.capability.as_ref()),
                what.outcome.map_or_else(|| "running".to_owned(), |outcome| outcome.to_string()),
                seen.count.to_string(),
                seen.first.to_string(),
                seen.last.to_string(),
            ];
            [what.name.clone(), what.credential.clone(), what.owner.clone()]
                .into_iter()
                .chain(now)
                .chain(touch)
                .collect()
        });
        let in_use: BTreeSet<&str> = self.uses.iter().map(|row| row.what.credential.as_str()).collect();
        let idle = self.credentials.iter().filter(|it| !in_use.contains(it.id.to_string().as_str()));
        let idle = idle.map(|it| {
            let mut rest = none();
            if let Some(server) = rest.get_mut(1) {
                *server = it.server.to_string();
            }
            [it.name.to_string(), it.id.to_string(), whose(it)].into_iter().chain(about(it)).chain(rest).collect()
        });
        Sheet { headings, rows: used.chain(idle).collect() }
    }

    fn text(&self, width: Option<u16>) -> String {
        let reading = Reading { events: self.events, sealed: self.sealed };
        let row = |it: &Credential| {
            vec![
                it.name.to_string(),
                it.server.to_string(),
                whose(it),
                it.class.clone(),
                it.state.word().to_owned(),
                it.version.to_string(),
                format!("{} by {}", show::time(it.set), it.set_by),
                show::time_or(it.last_used, "never"),
            ]
        };
        let rows: Vec<_> = self.credentials.iter().map(row).collect();
        let headings = ["NAME", "SERVER", "WHOSE", "CLASS", "STATE", "VERSION", "SET", "LAST USED"];
        let now = if rows.is_empty() {
            "No credentials are there now.".to_owned()
        } else {
            show::table(&headings, &rows, width)
        };
        let row = |UseRow { what, seen }: &UseRow| {
            vec![
                what.name.clone(),
                what.version.to_string(),
                or_dash(what.server.as_ref().map(|server| server.as_str())),
                or_dash(what.agent.as_deref()),
                or_dash(what.user.as_deref()),
                or_dash(what.capability.as_deref().or(Some(what.kind.as_str()))),
                what.outcome.map_or_else(|| "running".to_owned(), |outcome| outcome.to_string()),
                seen.count.to_string(),
                show::time(seen.first),
                show::time(seen.last),
            ]
        };
        let rows: Vec<_> = self.uses.iter().map(row).collect();
        let headings = [
            "CREDENTIAL",
            "VERSION",
            "SERVER",
            "AGENT",
            "FOR",
            "CAPABILITY",
            "OUTCOME",
            "COUNT",
            "FIRST (UTC)",
            "LAST (UTC)",
        ];
        let touched = if rows.is_empty() {
            "No call of that time carried one.".to_owned()
        } else {
            format!("Calls that carried them:\n\n{}", show::table(&headings, &rows, width))
        };
        format!("{now}\n\n{touched}\n\n{}", reading.told())
    }
}

fn whose(it: &Credential) -> String {
    let user = it.user.as_ref().map(|user| format!("user {user}"));
    user.or_else(|| it.group.as_ref().map(|group| format!("group {group}"))).unwrap_or_else(|| "shared".to_owned())
}
