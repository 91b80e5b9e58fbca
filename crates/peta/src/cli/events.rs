//! `peta events`: the record, newest last, for people or one JSON object a line; `--follow` goes on.

use std::collections::HashSet;

use clap::Args;
use peta_api::{Event, EventQuery, endpoint::ListEvents};
use peta_mcp::sse;
use peta_model::{Code, Decision, Moment, Outcome};

use super::audit::OfLog;
use crate::{
    client::Client,
    fault::{Fault, printable},
    show, terminal,
};

/// The most that Core gives on one page.
const PAGE: u32 = 1_000;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  peta events                              the newest 100
  peta events --follow                     and what comes after, until Ctrl-C
  peta events --agent build-bot --decision deny --since 2026-11-25T00:00:00Z
  peta events --user ada@example.com --since 2026-11-01T00:00:00Z --until 2026-12-01T00:00:00Z --all
  peta events --text delete --code P2001   refused, with \"delete\" in the tool's name, a reason, ...
  peta events --capability file:///etc/passwd --server files --since 2026-11-25T00:00:00Z
  peta events --log system                 starts, stops, steps of the clock, checkpoints of the record
  peta events --json --all                 everything, one JSON object a line")]
pub(crate) struct Events {
    /// Go on with what happens from now on.
    #[arg(long)]
    follow: bool,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
    /// How many, the newest ones.
    #[arg(long, value_name = "N", default_value_t = 100, conflicts_with = "all")]
    limit: u64,
    /// All there are.
    #[arg(long)]
    all: bool,
    /// Only this agent's.
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Only of agents that act for this person.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only what concerns this person and no agent did: acts of administrators about them, and what Core tells of their
    /// credentials.
    #[arg(long, value_name = "NAME")]
    about: Option<String>,
    /// Only about this server.
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// Only about this capability: a tool or prompt by the server's name for it, or a resource by its URI. Resources are
    /// sealed and are opened one by one, so for these narrow the search by time, agent or server.
    #[arg(long, value_name = "NAME")]
    capability: Option<String>,
    /// Only this kind, such as tool_call or server.add.
    #[arg(long)]
    kind: Option<String>,
    /// Only with this decision: allow or deny.
    #[arg(long, value_name = "WORD")]
    decision: Option<Decision>,
    /// Only with this outcome: ok, error, refused, failed, timeout, cancelled or unknown.
    #[arg(long, value_name = "WORD")]
    outcome: Option<Outcome>,
    /// Only with this code of a refusal or failure, such as P5005.
    #[arg(long)]
    code: Option<String>,
    /// Only those with this text, in small or large letters, in kind, server, capability, session, reasons or code. What is
    /// sealed (names of people and agents, URIs of resources) is not searched for text.
    #[arg(long)]
    text: Option<String>,
    /// Only those that began then or later, such as 2026-11-25T09:30:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Only those that began before then.
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    #[command(flatten)]
    of: OfLog,
}

impl Events {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        if !self.follow || self.all || self.limit > u64::from(PAGE) {
            let past = self.past(client).await?;
            if !self.json && !self.follow {
                return list_page(&past);
            }
            let mut columns = Columns::new();
            if !past.iter().rev().all(|event| self.print(event, &mut columns)) || !self.follow {
                return Ok(());
            }
            // A page once more, so that what ended meanwhile is in it.
            let ended = past.iter().filter(|event| event.end.outcome.is_some());
            let told = ended.map(|event| event.sequence).collect();
            return self.follow(client, u64::from(PAGE), told, columns).await;
        }
        self.follow(client, self.limit, HashSet::new(), Columns::new()).await
    }

    /// What there is, newest first.
    async fn past(&self, client: &Client) -> Result<Vec<Event>, Fault> {
        let mut events = Vec::new();
        let mut query = self.query();
        let most = if self.all { u64::MAX } else { self.limit };
        loop {
            let left = most.saturating_sub(events.len() as u64);
            if left == 0 {
                return Ok(events);
            }
            query.limit = Some(u32::try_from(left).unwrap_or(PAGE).min(PAGE));
            let page = client.call::<ListEvents>(&[], &query, &()).await?;
            events.extend(page.items);
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => return Ok(events),
            }
        }
    }

    /// The newest `past` events, but for those that were told, and then each as it happens, until Core or the reader goes.
    async fn follow(
        &self,
        client: &Client,
        past: u64,
        mut told: HashSet<u64>,
        mut columns: Columns,
    ) -> Result<(), Fault> {
        let limit = Some(u32::try_from(past).unwrap_or(PAGE));
        let query = EventQuery { follow: true, limit, ..self.query() };
        let mut stream = client.stream::<ListEvents>(&[], &query).await?;
        let mut parser = sse::Parser::new(1 << 20);
        while let Some(bytes) = stream.next().await? {
            parser.push(&bytes);
            while let Some(event) = parser.next() {
                let data = event.map_err(|error| unreadable(&error))?.data;
                if data.is_empty() {
                    continue;
                }
                let event: Event = serde_json::from_slice(&data).map_err(|error| unreadable(&error))?;
                if !told.remove(&event.sequence) && !self.print(&event, &mut columns) {
                    return Ok(());
                }
            }
        }
        Err(Fault::new(Code::CORE_UNREACHABLE, "Core ended the stream", "run the command again once Core is back"))
    }

    /// What was asked for, where only one page may be given: how many, too.
    pub(crate) fn one_page(&self) -> Result<EventQuery, Fault> {
        if self.follow || self.all {
            let text = "what was said is searched a page at a time: neither --follow nor --all";
            return Err(Fault::new(Code::USAGE, text, "narrow the search with --since, --agent, --server"));
        }
        Ok(EventQuery { limit: Some(u32::try_from(self.limit).unwrap_or(u32::MAX)), ..self.query() })
    }

    /// Prints a page, newest first.
    pub(crate) fn list(&self, page: &[Event]) -> Result<(), Fault> {
        if self.json {
            page.iter().rev().take_while(|event| self.print(event, &mut Columns::new())).for_each(drop);
            return Ok(());
        }
        list_page(page)
    }

    fn query(&self) -> EventQuery {
        EventQuery {
            kind: self.kind.clone(),
            agent: self.agent.clone(),
            user: self.user.clone(),
            about: self.about.clone(),
            server: self.server.clone(),
            capability: self.capability.clone(),
            decision: self.decision,
            outcome: self.outcome,
            code: self.code.clone(),
            text: self.text.clone(),
            since: self.since,
            until: self.until,
            log: self.of.name(),
            ..EventQuery::default()
        }
    }

    /// Whether anyone still reads.
    fn print(&self, event: &Event, columns: &mut Columns) -> bool {
        if !self.json {
            return columns.print(event);
        }
        serde_json::to_string(event).is_ok_and(|line| terminal::answer(&line))
    }
}

/// The newest last, as a table that fits the screen.
fn list_page(newest_first: &[Event]) -> Result<(), Fault> {
    if newest_first.is_empty() {
        terminal::note("nothing is recorded that matches");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = newest_first.iter().rev().map(|event| cells(event).to_vec()).collect();
    terminal::answer(&show::table(&HEADINGS, &rows, terminal::width()));
    Ok(())
}

/// Columns that can be printed one row at a time, before it is known what will come: what is longer than its column
/// pushes the rest of its line, and on a screen the capability is cut so that the line fits.
struct Columns {
    started: bool,
    width: Option<u16>,
}

const HEADINGS: [&str; 8] = ["TIME (UTC)", "WHO", "WHAT", "SERVER", "CAPABILITY", "DECISION", "OUTCOME", "TOOK"];

/// Room for most capabilities, and the least that is left of one.
const USUAL: usize = 24;
const LEAST: usize = 8;

impl Columns {
    fn new() -> Self {
        Self { started: false, width: terminal::width() }
    }

    fn print(&mut self, event: &Event) -> bool {
        let head =
            std::mem::replace(&mut self.started, true) || terminal::answer(&self.line(HEADINGS.map(str::to_owned)));
        head && terminal::answer(&self.line(cells(event)))
    }

    fn line(&self, cells: [String; 8]) -> String {
        let [time, who, what, server, capability, decision, outcome, took] = cells;
        let before = format!("{time:19}  {who:12}  {what:12}  {server:12}  ");
        let after = format!("  {decision:8}  {outcome:13}  {took}");
        let taken = before.chars().count() + after.chars().count();
        let room = self.width.map_or(usize::MAX, |width| usize::from(width).saturating_sub(taken).max(LEAST));
        let cut = capability.chars().count() > room;
        let capability: String = capability.chars().take(room.saturating_sub(usize::from(cut))).collect();
        let mark = if cut { "…" } else { "" };
        let column = room.min(USUAL);
        format!("{before}{:column$}{after}", format!("{capability}{mark}"))
    }
}

fn cells(event: &Event) -> [String; 8] {
    let or_dash =
        |text: Option<String>| text.map_or_else(|| "-".to_owned(), |text| printable(&text).replace('\n', " "));
    let caller = &event.caller;
    // Acts of administrators have no agent; their role says who it was. What Core does of its own accord is nobody's.
    let core = caller.door.as_deref().filter(|door| *door == "core").map(str::to_owned);
    let who = caller.agent.clone().or(core).or_else(|| caller.role.clone());
    let outcome = match (event.end.outcome, &event.end.code) {
        (Some(outcome), Some(code)) => format!("{outcome} {code}"),
        (Some(outcome), None) => outcome.to_string(),
        (None, _) => "running".to_owned(),
    };
    [
        show::time(event.time),
        or_dash(who),
        event.kind.clone(),
        or_dash(event.server.as_ref().map(ToString::to_string)),
        or_dash(event.capability.clone()),
        event.decision.to_string(),
        outcome,
        event.end.duration_us.map_or_else(|| "-".to_owned(), show::length),
    ]
}

fn unreadable(error: &dyn std::fmt::Display) -> Fault {
    Fault::new(
        Code::ADMIN_FAILED,
        format!("Core sent an event that cannot be read: {error}"),
        "is this peta as new as Core?",
    )
}

#[cfg(test)]
mod tests;
