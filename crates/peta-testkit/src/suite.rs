//! The official conformance suite, as a program that is run against a URL or against a client command.

use std::{collections::BTreeMap, path::Path};

use crate::{
    command::{Ran, command, finish},
    peers, suite_node,
};

/// How each scenario went: whether it passed, and the line that says so.
#[derive(Debug, Default)]
pub struct Scores {
    pub scenarios: BTreeMap<String, (bool, String)>,
    pub scored: Vec<String>,
    pub output: String,
}

impl Scores {
    /// Every scored scenario of the revision and each of these others passed.
    pub fn all_pass(&self, others: &[&str]) {
        let failed: Vec<&str> = self
            .scored
            .iter()
            .map(String::as_str)
            .chain(others.iter().copied())
            .filter(|name| !self.scenarios.get(*name).is_some_and(|(passed, _)| *passed))
            .collect();
        let failures: Vec<&str> =
            self.output.lines().filter(|line| line.contains("FAILURE") || line.contains("errorMessage")).collect();
        assert!(failed.is_empty(), "failed: {failed:?}\n{}\n{}", failures.join("\n"), self.output);
        let passed = self.scored.len();
        assert_eq!(passed, 30, "the scored set of 2025-11-25 has 30 scenarios");
    }
}

/// Runs the server leg of 2025-11-25 against an endpoint; results go to this folder.
pub async fn server_suite(url: &str, folder: &Path) -> Scores {
    scores(suite(&["server", "--url", url, "--requirements", "2025-11-25", "--verbose"], folder).await)
}

/// Runs one scenario of the server leg; how the suite ended.
pub async fn server_scenario(scenario: &str, url: &str, folder: &Path) -> Ran {
    suite(&["server", "--url", url, "--scenario", scenario, "--spec-version", "2025-11-25", "--verbose"], folder).await
}

fn scores(ran: Ran) -> Scores {
    let output = format!("{}{}", ran.stdout, ran.stderr);
    let scenarios = output
        .lines()
        .filter_map(|line| {
            let (passed, rest) = line
                .strip_prefix("✓ ")
                .map(|rest| (true, rest))
                .or_else(|| line.strip_prefix("✗ ").map(|rest| (false, rest)))?;
            let (name, _) = rest.split_once(": ")?;
            // A scenario that ran no check has not passed.
            Some((name.to_owned(), (passed && !rest.contains(": 0 passed"), line.to_owned())))
        })
        .collect();
    Scores { scenarios, scored: scored(), output }
}

/// Runs one scenario of the client leg with this command as the client; how the suite ended.
pub async fn client_scenario(scenario: &str, client: &str, environment: &[(&str, &str)], folder: &Path) -> Ran {
    let mut command = suite_command(
        &["client", "--command", client, "--scenario", scenario, "--spec-version", "2025-11-25", "--verbose"],
        folder,
    );
    command.envs(environment.iter().copied());
    finish(scenario, command).await
}

async fn suite(words: &[&str], folder: &Path) -> Ran {
    finish("the conformance suite", suite_command(words, folder)).await
}

fn suite_command(words: &[&str], folder: &Path) -> tokio::process::Command {
    let mut command = command(&suite_node());
    command.arg(peers().join("node_modules/@modelcontextprotocol/conformance/dist/index.js"));
    command.args(words).arg("-o").arg(folder.join("suite")).current_dir(folder);
    command
}

/// The scored server scenarios, from the suite's own list.
fn scored() -> Vec<String> {
    let file = peers().join("node_modules/@modelcontextprotocol/conformance/requirements/2025-11-25.yaml");
    let text = std::fs::read_to_string(file).expect("the suite's requirements");
    text.lines()
        .skip_while(|line| *line != "server:")
        .skip(1)
        .take_while(|line| line.starts_with("  - "))
        .map(|line| line.trim_start_matches("  - ").trim().to_owned())
        .collect()
}
