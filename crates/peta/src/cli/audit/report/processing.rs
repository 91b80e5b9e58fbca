//! `peta audit report processing`: the register of what data goes where (GDPR, article 30).

use clap::Args;
use peta_api::{
    audit::Witness,
    endpoint::ReportProcessing,
    report::{Processing, RecordRecipient, ReportFilters, ReportKind, ServerPurpose},
};

use super::{
    csv::Sheet,
    give::{Report, Way, give},
    names::{or_dash, some},
};
use crate::{client::Client, fault::Fault, show};

#[derive(Debug, Args)]
pub(crate) struct Register {
    #[command(flatten)]
    way: Way,
}

impl Register {
    pub(super) async fn run(self, client: &Client) -> Result<(), Fault> {
        let processing = client.call::<ReportProcessing>(&[], &(), &()).await?;
        give(client, &self.way, &ReportFilters::default(), &processing).await
    }
}

impl Report for Processing {
    const KIND: ReportKind = ReportKind::Processing;

    fn sheet(&self) -> Sheet {
        let headings = &[
            "sort",
            "name",
            "recipient",
            "remote",
            "title",
            "purpose",
            "agents",
            "users",
            "credentials_granted_by",
            "disabled",
        ];
        let server = |it: &ServerPurpose| {
            vec![
                "server".to_owned(),
                it.server.clone(),
                it.recipient.place.clone(),
                show::yes(it.recipient.remote),
                it.title.clone().unwrap_or_default(),
                it.purpose.clone().unwrap_or_default(),
                it.agents.to_string(),
                it.users.join(" "),
                it.granted_by.join(" "),
                show::yes(it.disabled),
            ]
        };
        let sink = |it: &RecordRecipient| {
            let sent = if it.private { "events, with names and details" } else { "events, without names" };
            let cells = ["sink", &it.sink, &it.place, "", &it.format, sent, "", "", "", ""];
            cells.map(str::to_owned).to_vec()
        };
        let witness = |it: &Witness| {
            let cells = ["witness", &it.name, &it.place, "", "", "checkpoints of the record", "", "", "", ""];
            cells.map(str::to_owned).to_vec()
        };
        let rows = self.servers.iter().map(server).chain(self.sinks.iter().map(sink));
        Sheet { headings, rows: rows.chain(self.witnesses.iter().map(witness)).collect() }
    }

    fn text(&self, width: Option<u16>) -> String {
        let row = |it: &ServerPurpose| {
            let name = if it.disabled { format!("{} (disabled)", it.server) } else { it.server.clone() };
            let place = if it.recipient.remote {
                it.recipient.place.clone()
            } else {
                format!("this machine: {}", it.recipient.place)
            };
            let purpose = it.purpose.as_deref().or(it.title.as_deref());
            let users = some("", &it.users).map(|users| users.trim().to_owned());
            vec![
                name,
                place,
                or_dash(purpose),
                it.agents.to_string(),
                or_dash(users.as_deref()),
                or_dash((!it.granted_by.is_empty()).then(|| it.granted_by.join(", ")).as_deref()),
            ]
        };
        let rows: Vec<_> = self.servers.iter().map(row).collect();
        let headings = ["SERVER", "RECIPIENT", "PURPOSE, AS IT SAYS", "AGENTS", "FOR", "CREDENTIALS FROM"];
        let servers = if rows.is_empty() { "No servers.".to_owned() } else { show::table(&headings, &rows, width) };
        let names: Vec<String> = self.witnesses.iter().map(|it| format!("{} ({})", it.name, it.place)).collect();
        let witnesses = some("Checkpoints of the record, which say nothing of people, go to", &names)
            .unwrap_or_else(|| "No witness gets checkpoints of the record".to_owned());
        let persons = show::counted(self.persons, "person");
        let named = |it: &RecordRecipient| {
            let names = if it.private { "with names and details" } else { "without names" };
            format!("{} ({}, {names})", it.sink, it.place)
        };
        let sinks: Vec<String> = self.sinks.iter().map(named).collect();
        let sinks = some("Events go to", &sinks).unwrap_or_else(|| "No sink gets events of the record".to_owned());
        format!("{servers}\n\n{sinks}.\n{witnesses}.\n{persons} with a part of the record.")
    }
}
