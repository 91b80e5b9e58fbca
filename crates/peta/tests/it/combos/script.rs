//! The conversation as it stands in `conversation.txt`: steps of lines, each with who says it, when it applies, and the
//! message. The file is the table: what differs between two cells differs there, by a condition or a placeholder.

use peta_testkit::Value;

use super::cell::Cell;

/// One step: what is said until all of it was heard.
pub(super) struct Step {
    pub(super) name: String,
    pub(super) lines: Vec<Line>,
}

/// One message at one or both ends.
pub(super) struct Line {
    conditions: Vec<String>,
    pub(super) said: Said,
    /// It may come at any place within its step: it takes a stream of its own.
    pub(super) loose: bool,
    text: String,
}

/// At which ends a message is seen, and which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) agent: bool,
    pub(super) server: bool,
    /// From the agent towards the server.
    pub(super) down: bool,
}

impl Line {
    /// Whether all of its conditions hold in a cell.
    pub(super) fn applies(&self, cell: &Cell) -> bool {
        self.conditions.iter().all(|condition| match condition.strip_prefix('!') {
            Some(condition) => !cell.is(condition),
            None => cell.is(condition),
        })
    }

    /// The message as the agent sees it.
    pub(super) fn at_agent(&self, cell: &Cell) -> Value {
        parse(&cell.filled(&self.text))
    }

    /// The message as the server sees it: names and URIs are its own.
    pub(super) fn at_server(&self, cell: &Cell) -> Value {
        parse(&cell.plain(&self.text))
    }
}

/// The methods that Peta may ask a server for its own use, and the steps of the conversation.
pub(super) fn read(text: &str) -> (Vec<String>, Vec<Step>) {
    let (mut asides, mut steps) = (Vec::new(), Vec::<Step>::new());
    for text in joined(text) {
        if let Some(methods) = text.strip_prefix("aside ") {
            asides.extend(methods.split(' ').map(str::to_owned));
        } else if let Some(name) = text.strip_prefix("== ") {
            steps.push(Step { name: name.to_owned(), lines: Vec::new() });
        } else {
            steps.last_mut().expect("a line stands in a step").lines.push(line(&text));
        }
    }
    (asides, steps)
}

/// Lines without comments; one that begins with a space goes on with the one before it.
fn joined(text: &str) -> Vec<String> {
    let mut all = Vec::<String>::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        match all.last_mut().filter(|_| line.starts_with(' ')) {
            Some(last) => last.push_str(line.trim()),
            None => all.push(line.to_owned()),
        }
    }
    all
}

fn line(text: &str) -> Line {
    let (conditions, rest) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once("] ").unwrap_or_else(|| panic!("no end of the conditions: {text}")),
        None => ("", text),
    };
    let (who, text) = rest.split_once(' ').unwrap_or_else(|| panic!("who says {rest}?"));
    let loose = who.ends_with('~');
    let said = match who.trim_end_matches('~') {
        "agent>" => Said { agent: true, server: false, down: true },
        "agent<" => Said { agent: true, server: false, down: false },
        "server<" => Said { agent: false, server: true, down: true },
        "server>" => Said { agent: false, server: true, down: false },
        "both>" => Said { agent: true, server: true, down: true },
        "both<" => Said { agent: true, server: true, down: false },
        _ => panic!("who says it: {text}"),
    };
    let conditions = conditions.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    Line { conditions, said, loose, text: text.trim().to_owned() }
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
