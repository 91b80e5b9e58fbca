//! The soak: fifty agents use twenty servers of all kinds for an hour, while servers are killed and lines are cut.
//! Nothing may be answered wrongly or not at all, and what Core takes must stay flat.

mod act;
mod life;
mod sample;
mod sdk;
mod tally;
mod verdict;
mod wire;
mod world;

use std::{process::ExitCode, sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{chaos::Dice, raise_descriptors};
use life::Life;
use sample::{Sample, sample};
use world::World;

/// Agents, beside the two that are programs of others.
const AGENTS: u64 = 48;

/// How many servers each may use.
const GRANTS: usize = 3;

/// Samples of a run; the longer it is, the further apart.
const SAMPLES: u32 = 60;

/// What is asked for.
struct Order {
    minutes: f64,
    seed: u64,
    report: Option<String>,
}

/// Runs with this process's arguments; fails if anything was wrong or grew.
pub fn main() -> ExitCode {
    let Some(order) = Order::read(std::env::args().skip(1)) else {
        say("peta-soak --minutes N [--seed N] [--report FILE]");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run(order))
}

impl Order {
    fn read(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let mut order = Self { minutes: 60.0, seed: 1, report: None };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--minutes" => order.minutes = words.next()?.parse().ok().filter(|minutes| *minutes > 0.0)?,
                "--seed" => order.seed = words.next()?.parse().ok()?,
                "--report" => order.report = Some(words.next()?),
                _ => return None,
            }
        }
        Some(order)
    }
}

async fn run(order: Order) -> ExitCode {
    raise_descriptors();
    world::built();
    say(&format!("soak: {} minutes, seed {}", order.minutes, order.seed));
    let world = World::new().await;
    // It outlives the run, and the rest after it.
    let token = world.core.peta(&["admin", "token", "--expires", "7d"]).await.trim().to_owned();
    let lasts = Duration::from_secs_f64(order.minutes * 60.0);
    let samples = soak(&world, &token, Dice::new(order.seed), lasts).await;
    let rest = at_rest(&world, &token, lasts).await;
    let (table, mut wrong) = verdict::verdict(&samples, &rest);
    wrong.extend(world.tally.all_wrong());
    if rest.processes > 0.0 {
        wrong.push(format!("{} processes are left at rest", rest.processes));
        let servers = world.core.json(&["server", "list", "--json"]).await;
        let mut busy: Vec<_> = servers["items"].as_array().into_iter().flatten().collect();
        busy.retain(|server| server["instances"].as_u64() != Some(0));
        wrong.extend(busy.into_iter().map(|server| format!("left: {server}")));
        wrong.extend(world.below().into_iter().map(|kin| format!("left: {kin:?}")));
    }
    let counts: String =
        world.tally.counts().into_iter().map(|(word, count)| format!("| {word} | {count} |\n")).collect();
    let (minutes, servers) = (order.minutes, world.servers.len());
    let report = format!(
        "{minutes} minutes, {} agents, {servers} servers, seed {}.\n\n{table}\n| what | times |\n|---|---:|\n{counts}",
        AGENTS + 2,
        order.seed
    );
    say(&report);
    if let Some(file) = order.report
        && let Err(error) = std::fs::write(&file, &report)
    {
        wrong.push(format!("{file}: {error}"));
    }
    wrong.iter().for_each(|what| say(&format!("soak: {what}")));
    say(if wrong.is_empty() { "soak: flat, and nothing wrong" } else { "soak: failed" });
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// All agents and all trouble until the end; what Core took meanwhile.
async fn soak(world: &Arc<World>, token: &str, dice: Dice, lasts: Duration) -> Vec<Sample> {
    let mut agents = JoinSet::new();
    let mut lives = Vec::new();
    for number in 0..AGENTS {
        let (mut dice, mut servers) = (dice.part(number), Vec::new());
        while servers.len() < GRANTS {
            let server = dice.pick(&world.servers).cloned().expect("a server");
            if !servers.iter().any(|one: &world::Server| one.name == server.name) {
                servers.push(server);
            }
        }
        let grants: Vec<&str> = servers.iter().map(|server| server.name.as_str()).collect();
        let token = world.core.token(&format!("agent-{number}"), &grants).await;
        lives.push((Life { number, token, servers }, dice));
    }
    let (began, seconds) = (Instant::now(), lasts.as_secs());
    let until = began + lasts;
    for (life, dice) in lives {
        agents.spawn(life.live(Arc::clone(world), dice, until));
    }
    for name in ["typescript", "python"] {
        let (world, token) = (Arc::clone(world), world.core.token(name, &[sdk::GRANT]).await);
        agents.spawn(async move { sdk::client(world, name, token, seconds).await });
    }
    agents.spawn(life::trouble(Arc::clone(world), dice.part(1_000), until));
    let mut samples = Vec::new();
    for number in 1..=SAMPLES {
        sleep_until(began + lasts * number / SAMPLES).await;
        let now = sample(world, token, began.elapsed()).await;
        // So that a run that is cut short has not been for nothing.
        say(&format!(
            "soak: {:.0} s: {:.1} MiB, {} descriptors, {} threads, {} tasks, {} processes, {} sessions",
            now.at, now.memory, now.descriptors, now.threads, now.tasks, now.processes, now.sessions
        ));
        samples.push(now);
    }
    while let Some(ended) = agents.join_next().await {
        if let Err(panic) = ended {
            world.tally.wrong(&panic.to_string());
        }
    }
    samples
}

/// What Core takes when all agents are gone, once all they needed is given back.
async fn at_rest(world: &Arc<World>, token: &str, began: Duration) -> Sample {
    let rest = async {
        loop {
            let now = sample(world, token, began).await;
            if now.processes == 0.0 && now.sessions == 0.0 {
                return now;
            }
            sleep(Duration::from_secs(1)).await;
        }
    };
    match timeout(Duration::from_secs(240), rest).await {
        Ok(rest) => rest,
        Err(_) => sample(world, token, began).await,
    }
}

fn say(text: &str) {
    use std::io::Write as _;
    // Whoever reads may have gone; the exit code stays.
    let _ = writeln!(std::io::stdout(), "{text}");
}
