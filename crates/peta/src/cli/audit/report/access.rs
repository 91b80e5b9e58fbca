//! `peta audit report access`: who can reach what.

use clap::Args;
use peta_api::{
    Agent,
    endpoint::ReportAccess,
    report::{AccessQuery, AgentAccess, ReportFilters, ReportKind, ServerReach},
};
use peta_model::{Decision, ServerState};
use serde::Serialize;

use super::{
    csv::Sheet,
    give::{Report, Way, give},
    names::{or_dash, or_empty, some},
};
use crate::{client::Client, fault::Fault, show, terminal};

#[derive(Debug, Args)]
pub(crate) struct Access {
    #[command(flatten)]
    way: Way,
}

#[derive(Serialize)]
struct Reach {
    /// What holds for all that is not listed.
    otherwise: Decision,
    agents: Vec<AgentAccess>,
}

impl Access {
    pub(super) async fn run(self, client: &Client) -> Result<(), Fault> {
        let mut reach = Reach { otherwise: Decision::Deny, agents: Vec::new() };
        let mut query = AccessQuery::default();
        loop {
            let page = client.call::<ReportAccess>(&[], &query, &()).await?;
            reach.agents.extend(page.agents);
            terminal::progress(&format!("{} agents", reach.agents.len()));
            let Some(next) = page.next else { break };
            query.cursor = Some(next);
        }
        terminal::progress("");
        give(client, &self.way, &ReportFilters::default(), &reach).await
    }
}

impl Report for Reach {
    const KIND: ReportKind = ReportKind::Access;

    fn sheet(&self) -> Sheet {
        let headings = &[
            "agent",
            "user",
            "groups",
            "suspended",
            "token_since",
            "token_last_used",
            "token_expires",
            "server",
            "server_state",
            "grants",
            "everything",
            "kind",
            "capability",
        ];
        let rows = self.agents.iter().flat_map(|it| {
            let about = about(&it.agent);
            let row = |server: [String; 4], kind: &str, name: &str| {
                about.iter().cloned().chain(server).chain([kind.to_owned(), name.to_owned()]).collect::<Vec<_>>()
            };
            let mut rows: Vec<_> = it
                .servers
                .iter()
                .flat_map(|reach| {
                    let server = || {
                        let grants = reach.grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
                        [reach.server.to_string(), reach.state.word().to_owned(), grants, show::yes(reach.everything)]
                    };
                    let lists = lists(reach);
                    let named =
                        lists.iter().flat_map(|(kind, names)| names.iter().map(move |name| (*kind, name.as_str())));
                    let mut rows: Vec<_> = named.map(|(kind, name)| row(server(), kind, name)).collect();
                    if rows.is_empty() {
                        rows.push(row(server(), "", ""));
                    }
                    rows
                })
                .collect();
            if rows.is_empty() {
                rows.push(row([const { String::new() }; 4], "", ""));
            }
            rows
        });
        Sheet { headings, rows: rows.collect() }
    }

    fn text(&self, width: Option<u16>) -> String {
        let rows: Vec<Vec<String>> = self.agents.iter().flat_map(rows).collect();
        let headings = ["AGENT", "FOR", "SERVER", "MAY USE", "TOKEN SINCE", "LAST USED", "EXPIRES"];
        let otherwise = "Everything that is not listed is denied: nothing is allowed that is not granted.";
        if rows.is_empty() {
            return format!("No live agents.\n\n{otherwise}");
        }
        format!("{}\n\n{otherwise}", show::table(&headings, &rows, width))
    }
}

/// What the sheet says of an agent.
fn about(agent: &Agent) -> [String; 7] {
    let times = |pick: fn(&peta_api::AgentToken) -> Option<peta_model::Moment>| {
        agent.tokens.iter().map(|token| or_empty(pick(token).as_ref())).collect::<Vec<_>>().join(" ").trim().to_owned()
    };
    [
        agent.name.to_string(),
        agent.user.clone().unwrap_or_default(),
        agent.groups.join(" "),
        show::yes(agent.suspended),
        times(|token| Some(token.created)),
        times(|token| token.last_used),
        times(|token| token.expires),
    ]
}

/// One row for each server, the agent's own cells only in the first.
fn rows(it: &AgentAccess) -> Vec<Vec<String>> {
    let agent = &it.agent;
    let mut whom: Vec<String> = agent.user.iter().cloned().collect();
    whom.extend(agent.groups.iter().map(|group| format!("group {group}")));
    let name = if agent.suspended { format!("{} (suspended)", agent.name) } else { agent.name.to_string() };
    let token = agent.tokens.last();
    let tokens = [
        token.map_or_else(|| "no live token".to_owned(), |token| show::time(token.created)),
        show::time_or(agent.last_used, "never"),
        token.map_or_else(|| "-".to_owned(), |token| show::time_or(token.expires, "never")),
    ];
    let whom = or_dash((!whom.is_empty()).then(|| whom.join(", ")).as_deref());
    let mut reached: Vec<(String, String)> = it.servers.iter().map(|reach| (server(reach), may_use(reach))).collect();
    if reached.is_empty() {
        reached.push(("-".to_owned(), "nothing".to_owned()));
    }
    let mut own = Some((name, whom, tokens));
    let row = |(server, may): (String, String)| match own.take() {
        Some((name, whom, [since, used, expires])) => vec![name, whom, server, may, since, used, expires],
        None => vec![String::new(), String::new(), server, may, String::new(), String::new(), String::new()],
    };
    reached.into_iter().map(row).collect()
}

fn server(reach: &ServerReach) -> String {
    match reach.state {
        ServerState::Disabled => format!("{} (disabled)", reach.server),
        ServerState::Degraded => format!("{} (degraded)", reach.server),
        _ => reach.server.to_string(),
    }
}

fn may_use(reach: &ServerReach) -> String {
    let denied = &reach.denied;
    let denied = denied.tools + denied.resources + denied.templates + denied.prompts;
    let names: Vec<String> = lists(reach).iter().filter_map(|(kind, names)| some(&format!("{kind}s"), names)).collect();
    let grants = || reach.grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let what = match (reach.learnt, names.is_empty()) {
        (false, _) => format!("{} (not learnt yet)", grants()),
        (true, true) => format!("nothing that it offers now ({})", grants()),
        (true, false) => names.join("; "),
    };
    match (reach.everything, denied) {
        (true, _) => format!("everything: {what}"),
        (false, 0) => what,
        (false, denied) => format!("{what}; {denied} denied"),
    }
}

fn lists(reach: &ServerReach) -> [(&'static str, &Vec<String>); 4] {
    [("tool", &reach.tools), ("resource", &reach.resources), ("template", &reach.templates), ("prompt", &reach.prompts)]
}
