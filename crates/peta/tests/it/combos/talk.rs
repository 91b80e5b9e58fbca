//! Holds one conversation in one cell, line by line, and tells where it was another one than the table's.

use std::{collections::VecDeque, time::Duration};

use peta_testkit::{Value, json};
use tokio::time::{Instant, timeout};

use super::{
    cell::Cell,
    end::End,
    ledger::{Ledger, alike},
    script::{Line, Step},
    trail::Trail,
};

/// How long one line may take to be heard.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was seen at one end and is not accounted for yet; and all of this step, for the report.
#[derive(Default)]
struct Seen {
    waiting: VecDeque<(bool, Value)>,
    story: Vec<String>,
}

impl Seen {
    fn take(&mut self, down: bool, message: Value) {
        self.story.push(format!("{} {message}", if down { '>' } else { '<' }));
        self.waiting.push_back((down, message));
    }
}

/// A conversation that goes on.
pub(super) struct Talk<'a> {
    cell: &'a Cell,
    end: End,
    ledger: Ledger,
    trail: Trail,
    agent: Seen,
    server: Seen,
    next: u64,
}

/// A line of the step that may come at any place and has not come yet at this end.
struct Awaited<'l> {
    line: &'l Line,
    stood: Vec<Value>,
    agent: bool,
    server: bool,
}

impl<'a> Talk<'a> {
    pub(super) fn new(cell: &'a Cell, end: End, trail: Trail) -> Self {
        let (agent, server) = (Seen::default(), Seen::default());
        Self { cell, end, ledger: Ledger::default(), trail, agent, server, next: 1 }
    }

    /// Goes through all steps, and ends the session.
    pub(super) async fn hold(mut self, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            self.agent.story.clear();
            self.server.story.clear();
            if let Err(wrong) = self.step(step).await {
                let story = |seen: &Seen| seen.story.join("\n    ");
                return Err(format!(
                    "{}\n  step: {}\n  {wrong}\n  at the agent:\n    {}\n  at the server:\n    {}",
                    self.cell,
                    step.name,
                    story(&self.agent),
                    story(&self.server)
                ));
            }
        }
        self.end.close().await;
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        let mut loose = Vec::new();
        for line in step.lines.iter().filter(|line| line.applies(self.cell)) {
            if line.loose {
                loose.push(Awaited { line, stood: Vec::new(), agent: line.said.agent, server: line.said.server });
                continue;
            }
            let mut stood = Vec::new();
            if line.said.agent && line.said.down {
                self.settle(&mut loose).await?;
                self.say(line.at_agent(self.cell)).await?;
            } else if line.said.agent {
                self.expect(line, true, &mut stood, &mut loose).await?;
            }
            if line.said.server {
                self.expect(line, false, &mut stood, &mut loose).await?;
            }
        }
        self.settle(&mut loose).await?;
        for (at_agent, waiting) in [(true, &self.agent.waiting), (false, &self.server.waiting)] {
            if let Some(seen) = waiting.front() {
                return Err(format!("beyond the table, {}", told(at_agent, seen)));
            }
        }
        Ok(())
    }

    /// Waits for what may come at any place, and should have come by now.
    async fn settle(&mut self, loose: &mut [Awaited<'_>]) -> Result<(), String> {
        while let Some(at_agent) = loose.iter().find(|a| a.agent || a.server).map(|a| a.agent) {
            let seen = self.next(at_agent).await?;
            if !self.is_loose(&seen, at_agent, loose) {
                return Err(format!("beyond the table, {}", told(at_agent, &seen)));
            }
        }
        Ok(())
    }

    /// The agent says a line: ids and tokens are its own, texts and numbers by turns.
    async fn say(&mut self, mut message: Value) -> Result<(), String> {
        let id = if self.next.is_multiple_of(2) { json!(self.next) } else { json!(format!("a-{}", self.next)) };
        self.next += 1;
        let members = message.as_object_mut().ok_or("no object")?;
        members.insert("jsonrpc".to_owned(), json!("2.0"));
        let (re, method) = (members.remove("re"), members.get("method").and_then(Value::as_str).unwrap_or_default());
        if let Some(method) = re.as_ref().and_then(Value::as_str) {
            let asked = self.ledger.id_of(false, method).ok_or("the table answers what was not asked")?;
            members.insert("id".to_owned(), asked);
        } else if !method.starts_with("notifications/") {
            members.insert("id".to_owned(), id.clone());
        }
        if let Some(token) = message.pointer_mut("/params/_meta/progressToken") {
            *token = id;
        }
        if let Some(named) = message.pointer_mut("/params/requestId")
            && let Some(method) = named.as_str().and_then(|named| named.strip_prefix("$of "))
        {
            *named = self.ledger.id_of(true, method).ok_or("the table cancels what was not asked")?;
        }
        self.end.say(&message).await;
        let plain = self.ledger.plain(true, message)?;
        self.agent.story.push(format!("> {plain}"));
        Ok(())
    }

    /// Waits for a line at one end; only those lines may come before it that may come at any place.
    async fn expect(
        &mut self,
        line: &Line,
        at_agent: bool,
        stood: &mut Vec<Value>,
        loose: &mut [Awaited<'_>],
    ) -> Result<(), String> {
        let table = if at_agent { line.at_agent(self.cell) } else { line.at_server(self.cell) };
        loop {
            let seen = self.next(at_agent).await.map_err(|wrong| format!("{wrong}; awaited: {table}"))?;
            if seen.0 == line.said.down && alike(&table, &seen.1, stood) {
                return Ok(());
            }
            if !self.is_loose(&seen, at_agent, loose) {
                let told = told(at_agent, &seen);
                return Err(format!("{told}\n  but the table has    {table}\n  before, it stood for {stood:?}"));
            }
        }
    }

    fn is_loose(&self, seen: &(bool, Value), at_agent: bool, loose: &mut [Awaited<'_>]) -> bool {
        for awaited in loose {
            let open = if at_agent { &mut awaited.agent } else { &mut awaited.server };
            let line = awaited.line;
            let table = if at_agent { line.at_agent(self.cell) } else { line.at_server(self.cell) };
            if *open && seen.0 == line.said.down && alike(&table, &seen.1, &mut awaited.stood) {
                *open = false;
                return true;
            }
        }
        false
    }

    /// The next message at one end.
    async fn next(&mut self, at_agent: bool) -> Result<(bool, Value), String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let seen = if at_agent { &mut self.agent } else { &mut self.server };
            if let Some(seen) = seen.waiting.pop_front() {
                return Ok(seen);
            }
            // While the one end is waited for, what comes at the other is taken too.
            let pause = Duration::from_millis(if at_agent { 200 } else { 10 });
            if let Ok(message) = timeout(pause, self.end.hear()).await {
                self.agent.take(false, self.ledger.plain(false, message)?);
            }
            for (down, message) in self.trail.more()? {
                self.server.take(down, message);
            }
            if Instant::now() > until {
                return Err(format!("nothing more comes at the {}", if at_agent { "agent" } else { "server" }));
            }
        }
    }
}

fn told(at_agent: bool, (down, message): &(bool, Value)) -> String {
    let verb = if at_agent != *down { "reads" } else { "says" };
    format!("the {} {verb}  {message}", if at_agent { "agent" } else { "server" })
}
