//! `peta audit report retention`: what is kept how long, and what must be.

use clap::Args;
use peta_api::{
    audit::Hold,
    endpoint::ReportRetention,
    report::{Kept, ReportFilters, ReportKind, Retention},
};

use super::{
    csv::Sheet,
    give::{Report, Way, give},
    names::or_empty,
};
use crate::{client::Client, fault::Fault, show};

#[derive(Debug, Args)]
pub(crate) struct Keeping {
    #[command(flatten)]
    way: Way,
}

impl Keeping {
    pub(super) async fn run(self, client: &Client) -> Result<(), Fault> {
        let retention = client.call::<ReportRetention>(&[], &(), &()).await?;
        give(client, &self.way, &ReportFilters::default(), &retention).await
    }
}

impl Report for Retention {
    const KIND: ReportKind = ReportKind::Retention;

    fn sheet(&self) -> Sheet {
        let headings = &["sort", "what", "kept", "seconds", "ends_by", "since", "reason"];
        let text = str::to_owned;
        let kept = |it: &Kept| {
            vec![
                text("kept"),
                it.what.clone(),
                it.kept.clone(),
                or_empty(it.seconds.as_ref()),
                it.ends_by.clone(),
                text(""),
                text(""),
            ]
        };
        let held = |it: &Hold| {
            let whose = it.person.clone().unwrap_or_else(|| "the whole record".to_owned());
            let ends = format!("peta audit hold remove {}", it.name);
            vec![
                text("hold"),
                whose,
                text("until the hold is removed"),
                text(""),
                ends,
                it.added.to_string(),
                it.reason.clone(),
            ]
        };
        Sheet { headings, rows: self.kept.iter().map(kept).chain(self.holds.iter().map(held)).collect() }
    }

    fn text(&self, width: Option<u16>) -> String {
        let row = |it: &Kept| {
            let time = it.seconds.map(|seconds| format!(" {}", show::length(seconds.saturating_mul(1_000_000))));
            vec![it.what.clone(), format!("{}{}", it.kept, time.unwrap_or_default()), it.ends_by.clone()]
        };
        let rows: Vec<_> = self.kept.iter().map(row).collect();
        let table = show::table(&["WHAT", "KEPT", "ENDS BEFORE BY"], &rows, width);
        let row = |it: &Hold| {
            let whose = it.person.clone().unwrap_or_else(|| "the whole record".to_owned());
            vec![it.name.clone(), whose, it.reason.clone(), show::time(it.added)]
        };
        let rows: Vec<_> = self.holds.iter().map(row).collect();
        let holds = if rows.is_empty() {
            "No legal hold stands.".to_owned()
        } else {
            format!("Legal holds:\n\n{}", show::table(&["HOLD", "ON", "WHY", "SINCE (UTC)"], &rows, width))
        };
        let since =
            self.oldest.map_or_else(String::new, |at| format!("; the oldest event is of {} UTC", show::time(at)));
        format!("{table}\n\n{holds}\n\nThe record's tree has {}{since}.", entries(self.entries))
    }
}

fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}
