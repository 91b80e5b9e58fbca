//! Core itself: whether it runs and can be reached, how its servers do, and what it finds worth saying.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use peta_api::{
    Finding, Server,
    endpoint::{ListFindings, ListServers, ShowStatus},
};
use peta_model::{Code, ServerState};

use super::finding::{note, problem, warning};
use crate::{client::Client, environment::Environment, fault::Fault, place::Place, way_out::Line};

const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn look(place: &Place, environment: &Environment) -> Vec<Finding> {
    let asked = async {
        let client = Client::find(place, environment)?;
        let status = client.call::<ShowStatus>(&[], &(), &()).await?;
        Ok((client, status))
    };
    let (client, status) = match asked.await {
        Ok(found) => found,
        Err(fault) => return vec![not_running(place, &fault)],
    };
    let mut findings = vec![note("core", format!("version {}, up for {}", status.version, up_for(status.uptime_s)))];
    if status.version != env!("CARGO_PKG_VERSION") {
        findings.push(warning(
            "version",
            format!("Core is {}, this command is {}", status.version, env!("CARGO_PKG_VERSION")),
            "start Core again after an upgrade",
        ));
    }
    findings.extend(listener(place).await);
    match client.call::<ListServers>(&[], &(), &()).await {
        Ok(servers) => findings.extend(servers.items.iter().map(server)),
        Err(fault) => findings.push(problem("servers", fault.text(), fault.help())),
    }
    match client.call::<ListFindings>(&[], &(), &()).await {
        // What Core says about servers is said above already.
        Ok(list) => findings.extend(list.items.into_iter().filter(|finding| !finding.subject.starts_with("server "))),
        Err(fault) => findings.push(problem("core", fault.text(), fault.help())),
    }
    findings
}

fn not_running(place: &Place, fault: &Fault) -> Finding {
    if fault.code() != Code::CORE_UNREACHABLE {
        return problem("core", format!("[{}] {}", fault.code(), fault.text()), fault.help());
    }
    let stale = fault.text().starts_with("no Core") && (place.socket().exists() || place.address().is_some());
    let text = if stale { format!("{} (it did not end properly)", fault.text()) } else { fault.text().to_owned() };
    problem("core", text, fault.help())
}

/// Whether agents get through to it.
async fn listener(place: &Place) -> Option<Finding> {
    let address = place.address()?;
    let base = address.parse().ok()?;
    let request = Request::get("/healthz").body(Full::new(Bytes::new())).ok()?;
    let line = Line::new().ok()?;
    let answer = tokio::time::timeout(PATIENCE, line.send(&base, request)).await;
    Some(match answer {
        Ok(Ok(response)) if response.status().is_success() => note("listener", format!("{address} answers")),
        Ok(Ok(response)) => problem(
            "listener",
            format!("{address} answers with {}", response.status()),
            "is it Core that listens there?",
        ),
        _ => problem(
            "listener",
            format!("{address} does not answer"),
            "is the address right, and does no firewall stand between?",
        ),
    })
}

fn server(server: &Server) -> Finding {
    let name = &server.setup.name;
    let subject = format!("server {name}");
    match (server.state, &server.failure) {
        (ServerState::Degraded, failure) => {
            let why = failure.as_ref().map_or_else(String::new, |it| format!(": [{}] {}", it.code, it.detail));
            problem(
                &subject,
                format!("degraded{why}"),
                format!("see `peta server logs {name}`, then `peta server refresh {name}`"),
            )
        }
        (ServerState::Unlearnt, _) => {
            warning(&subject, "never asked what it offers", format!("`peta server refresh {name}`"))
        }
        (state, _) if !server.warnings.is_empty() => {
            warning(&subject, format!("{}, but {}", state.word(), server.warnings.join("; ")), "tell whoever made it")
        }
        (state, _) => note(&subject, state.word()),
    }
}

fn up_for(seconds: u64) -> String {
    if seconds == 0 { "less than a second".to_owned() } else { crate::show::length(seconds * 1_000_000) }
}
