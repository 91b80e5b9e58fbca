//! `peta doctor`: looks at everything that may be wrong, from the outside and through Core, and says what to do.

mod core;
mod directory;
mod finding;
mod machine;

use std::process::ExitCode;

use clap::Args;
use peta_api::{Finding, Level, List};
use peta_model::Code;

use self::finding::{note, problem};
use crate::{
    environment::Environment,
    fault::{Fault, printable},
    output::{Output, print_json},
    place::Place,
    serve, terminal,
};

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 nothing is wrong (there may be warnings), 1 something is.")]
pub(crate) struct Doctor {
    #[command(flatten)]
    output: Output,
}

impl Doctor {
    pub(crate) fn run(self, place: &Place, environment: &Environment) -> Result<ExitCode, Fault> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Fault::new(Code::CORE_UNREACHABLE, format!("no event loop: {error}"), ""))?;
        let mut findings = directory::look(place);
        findings.push(settings(place, environment));
        findings.extend(machine::look());
        findings.extend(runtime.block_on(core::look(place, environment)));
        let wrong = findings.iter().any(|finding| finding.level == Level::Problem);
        if self.output.json {
            print_json(&List::whole(findings))?;
        } else {
            terminal::answer(&page(&findings));
        }
        Ok(if wrong { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

fn settings(place: &Place, environment: &Environment) -> Finding {
    match serve::checked_settings(place, environment) {
        Ok(config) => note("settings", format!("valid; without --listen, Core listens on {}", config.gateway.listen)),
        Err(fault) => problem("settings", format!("[{}] {}", fault.code(), fault.text()), fault.help()),
    }
}

/// One line a finding, and under those that ask for it what to do; the worst comes last, where the eye is.
fn page(findings: &[Finding]) -> String {
    let widest = findings.iter().map(|finding| finding.subject.chars().count()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for level in [Level::Note, Level::Warning, Level::Problem] {
        let word = match level {
            Level::Note => "ok     ",
            Level::Warning => "warning",
            Level::Problem => "PROBLEM",
        };
        for finding in findings.iter().filter(|finding| finding.level == level) {
            let (subject, text) = (printable(&finding.subject), printable(&finding.text));
            lines.push(format!("{word}  {subject:widest$}  {text}"));
            if !finding.advice.is_empty() && level != Level::Note {
                lines.push(format!("{:9}{:widest$}  → {}", "", "", printable(&finding.advice)));
            }
        }
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    lines.push(match (count(Level::Problem), count(Level::Warning)) {
        (0, 0) => "\nnothing is wrong".to_owned(),
        (problems, warnings) => format!("\nproblems: {problems}, warnings: {warnings}"),
    });
    lines.join("\n")
}
