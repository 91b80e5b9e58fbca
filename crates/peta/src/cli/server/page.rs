//! How servers look to people.

use peta_api::{
    Server, ServerDetail,
    server::{CapabilityCounts, LogLine, ServerFailure, ServerTest},
};
use peta_model::Slug;

use crate::{
    fault::{Fault, printable},
    show, terminal,
};

/// The table of all servers, and under it why any of them is degraded.
pub(super) fn list(servers: &[Server]) -> Result<(), Fault> {
    if servers.is_empty() {
        terminal::answer("no servers yet; `peta server add --help` shows how to add one");
        return Ok(());
    }
    let row = |server: &Server| {
        let has = &server.capabilities;
        vec![
            server.setup.name.to_string(),
            server.setup.transport.clone(),
            server.state.word().to_owned(),
            has.tools.to_string(),
            has.resources.to_string(),
            has.prompts.to_string(),
            server.instances.to_string(),
        ]
    };
    let headings = ["NAME", "TRANSPORT", "STATE", "TOOLS", "RESOURCES", "PROMPTS", "RUNNING"];
    let rows: Vec<Vec<String>> = servers.iter().map(row).collect();
    let mut text = show::table(&headings, &rows, terminal::width());
    for server in servers {
        if let Some(failure) = &server.failure {
            text.push_str(&format!("\n\n{}: {}", server.setup.name, why(failure)));
        }
    }
    terminal::answer(&text);
    Ok(())
}

/// All about one server.
pub(super) fn show(detail: &ServerDetail) -> Result<(), Fault> {
    let server = &detail.server;
    let setup = &server.setup;
    let mut pairs = vec![("name", setup.name.to_string()), ("state", server.state.word().to_owned())];
    if let Some(failure) = &server.failure {
        pairs.push(("failure", why(failure)));
    }
    match (&setup.url, &setup.command) {
        (Some(url), _) => pairs.extend([("url", url.clone()), ("transport", setup.transport.clone())]),
        (None, Some(command)) => {
            let words: Vec<String> =
                std::iter::once(command).chain(&setup.args).map(|word| show::quoted(word)).collect();
            pairs.push(("command", words.join(" ")));
            if !setup.env.is_empty() {
                pairs.push(("environment", format!("{} (values are never shown)", setup.env.join(", "))));
            }
        }
        (None, None) => {}
    }
    let or_setting =
        |span: Option<peta_model::Span>| span.map_or_else(|| "as in the settings".to_owned(), |it| it.to_string());
    pairs.extend([
        ("isolation", setup.isolation.word().to_owned()),
        ("credential", setup.credential.name().to_owned()),
        ("eager", show::yes(setup.eager)),
        ("idle", or_setting(setup.idle)),
        ("total", or_setting(setup.total)),
        ("payloads", setup.payloads.map_or_else(|| "as in the settings".to_owned(), |it| it.to_string())),
        ("instances", server.instances.to_string()),
        ("added", show::time(server.added)),
        ("learnt", show::time_or(server.learnt_at, "never")),
    ]);
    if let Some(about) = &server.about {
        let parts = [about.title.as_ref().or(about.name.as_ref()), about.version.as_ref()];
        let mut text = parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        if let Some(version) = &about.protocol_version {
            text.push_str(&format!(" (MCP {version})"));
        }
        pairs.push(("says it is", text));
    }
    if let Some(instructions) = &detail.instructions {
        pairs.push(("instructions", instructions.clone()));
    }
    pairs.extend(server.warnings.iter().map(|warning| ("warning", warning.clone())));
    for (kind, names) in [
        ("tools", &detail.tools),
        ("resources", &detail.resources),
        ("templates", &detail.templates),
        ("prompts", &detail.prompts),
    ] {
        pairs.push((kind, show::listed(names)));
    }
    terminal::answer(&show::fields(&pairs, terminal::width()));
    Ok(())
}

/// One line on what became of a server, and what to do if it is not well.
pub(super) fn now_is(what: &str, server: &Server) -> Result<(), Fault> {
    let name = &server.setup.name;
    let mut text = format!("server `{name}` {what}: {}", server.state.word());
    if server.learnt_at.is_some() {
        text.push_str(&format!(", {}", offers(&server.capabilities)));
    }
    terminal::answer(&text);
    for warning in &server.warnings {
        terminal::note(&format!("warning: {}", printable(warning)));
    }
    if let Some(failure) = &server.failure {
        terminal::note(&format!("warning: {}", why(failure)));
        terminal::note(&format!("  help: see `peta server logs {name}`, then try `peta server refresh {name}`"));
    }
    Ok(())
}

/// What a test found.
pub(super) fn tested(name: &Slug, test: &ServerTest) -> Result<(), Fault> {
    let took = show::length(test.duration_us);
    terminal::answer(&format!("server `{name}` answers: {}, learnt in {took}", offers(&test.capabilities)));
    for warning in &test.warnings {
        terminal::note(&format!("warning: {}", printable(warning)));
    }
    Ok(())
}

pub(super) fn logs(name: &Slug, lines: &[LogLine]) -> Result<(), Fault> {
    if lines.is_empty() {
        terminal::note(&format!("server `{name}` has written nothing to its standard error since Core started"));
    }
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{}  {}", show::time(line.at), printable(&line.text).replace('\n', " ")))
        .collect();
    terminal::answer(&lines.join("\n"));
    Ok(())
}

fn why(failure: &ServerFailure) -> String {
    format!("[{}] {} ({})", failure.code, printable(&failure.detail), show::time(failure.at))
}

fn offers(has: &CapabilityCounts) -> String {
    let parts =
        [(has.tools, "tool"), (has.resources, "resource"), (has.templates, "template"), (has.prompts, "prompt")];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| show::counted(*count, what)).collect();
    if parts.is_empty() { "offers nothing".to_owned() } else { parts.join(", ") }
}
