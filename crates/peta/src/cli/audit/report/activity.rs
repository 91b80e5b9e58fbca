//! `peta audit report activity`: what an agent or a person did.

use clap::Args;
use peta_api::{
    endpoint::ReportActivity,
    report::{ActivityKey, ActivityRow, ReportFilters, ReportKind, ReportQuery, Seen, Tally},
};
use peta_model::{AgentName, Decision};
use serde::Serialize;

use super::{
    csv::Sheet,
    give::{Report, Way, give},
    names::{or_dash, or_empty},
    period::Period,
    reading::Reading,
};
use crate::{cli::parse, client::Client, fault::Fault, show};

#[derive(Debug, Args)]
pub(crate) struct Activity {
    /// Only this agent's.
    #[arg(long, value_name = "NAME", value_parser = parse::agent)]
    agent: Option<AgentName>,
    /// Only of agents that act for this person.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    period: Period,
    #[command(flatten)]
    way: Way,
}

#[derive(Serialize)]
struct Deeds {
    rows: Vec<ActivityRow>,
    /// What was refused or failed, by its code.
    codes: Vec<CodeCount>,
    events: u64,
    sealed: u64,
}

#[derive(Serialize)]
struct CodeCount {
    code: String,
    decision: Decision,
    #[serde(flatten)]
    seen: Seen,
}

impl Activity {
    pub(super) async fn run(self, client: &Client) -> Result<(), Fault> {
        let filters = ReportFilters { agent: self.agent, user: self.user, ..self.period.filters() };
        let mut tally: Tally<ActivityKey> = Tally::new();
        let mut reading = Reading::default();
        let mut query = filters.query();
        loop {
            let part = client.call::<ReportActivity>(&[], &query, &()).await?;
            part.rows.into_iter().for_each(|ActivityRow { what, seen }| tally.add(what, seen));
            reading.sealed += part.sealed;
            reading.read(part.events, part.back_to, tally.len())?;
            let Some(next) = part.next else { break };
            query = ReportQuery { cursor: Some(next), ..query };
        }
        reading.done();
        let rows: Vec<_> = tally.into_rows().map(|(what, seen)| ActivityRow { what, seen }).collect();
        let codes = codes(&rows);
        give(client, &self.way, &filters, &Deeds { rows, codes, events: reading.events, sealed: reading.sealed }).await
    }
}

fn codes(rows: &[ActivityRow]) -> Vec<CodeCount> {
    let mut tally = Tally::new();
    for ActivityRow { what, seen } in rows {
        if let Some(code) = &what.code {
            tally.add((code.clone(), what.decision), *seen);
        }
    }
    tally.into_rows().map(|((code, decision), seen)| CodeCount { code, decision, seen }).collect()
}

impl Report for Deeds {
    const KIND: ReportKind = ReportKind::Activity;

    fn sheet(&self) -> Sheet {
        let headings = &[
            "agent",
            "agent_id",
            "user",
            "server",
            "kind",
            "capability",
            "decision",
            "outcome",
            "code",
            "count",
            "first",
            "last",
        ];
        let row = |ActivityRow { what, seen }: &ActivityRow| {
            vec![
                or_empty(what.agent.as_ref()),
                or_empty(what.agent_id.as_ref()),
                or_empty(what.user.as_ref()),
                or_empty(what.server.as_ref()),
                what.kind.clone(),
                or_empty(what.capability.as_ref()),
                what.decision.to_string(),
                what.outcome.map_or_else(|| "running".to_owned(), |outcome| outcome.to_string()),
                or_empty(what.code.as_ref()),
                seen.count.to_string(),
                seen.first.to_string(),
                seen.last.to_string(),
            ]
        };
        Sheet { headings, rows: self.rows.iter().map(row).collect() }
    }

    fn text(&self, width: Option<u16>) -> String {
        let reading = Reading { events: self.events, sealed: self.sealed };
        if self.rows.is_empty() {
            return format!("Nothing is recorded that matches. {}", reading.told());
        }
        let headings = [
            "AGENT",
            "FOR",
            "SERVER",
            "WHAT",
            "CAPABILITY",
            "DECISION",
            "OUTCOME",
            "COUNT",
            "FIRST (UTC)",
            "LAST (UTC)",
        ];
        let row = |ActivityRow { what, seen }: &ActivityRow| {
            let outcome = what.outcome.map_or_else(|| "running".to_owned(), |outcome| outcome.to_string());
            vec![
                or_dash(what.agent.as_deref()),
                or_dash(what.user.as_deref()),
                or_dash(what.server.as_ref().map(|server| server.as_str())),
                what.kind.clone(),
                or_dash(what.capability.as_deref()),
                what.decision.to_string(),
                what.code.as_ref().map_or_else(|| outcome.clone(), |code| format!("{outcome} {code}")),
                seen.count.to_string(),
                show::time(seen.first),
                show::time(seen.last),
            ]
        };
        let table = show::table(&headings, &self.rows.iter().map(row).collect::<Vec<_>>(), width);
        let row = |it: &CodeCount| {
            vec![
                it.code.clone(),
                it.decision.to_string(),
                it.seen.count.to_string(),
                show::time(it.seen.first),
                show::time(it.seen.last),
            ]
        };
        let codes = if self.codes.is_empty() {
            "Nothing was refused and nothing failed.".to_owned()
        } else {
            let rows: Vec<_> = self.codes.iter().map(row).collect();
            let table = show::table(&["CODE", "DECISION", "COUNT", "FIRST (UTC)", "LAST (UTC)"], &rows, width);
            format!("Refusals and failures, by code:\n\n{table}")
        };
        format!("{table}\n\n{codes}\n\n{}", reading.told())
    }
}
