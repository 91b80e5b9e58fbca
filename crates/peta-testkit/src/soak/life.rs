//! The life of an agent: session after session, each over the transport that is the agent's own, at an endpoint and at a
//! revision of its choice; each ends as sessions do: well, left alone, or cut.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use super::{
    act::Hand,
    wire::{Broke, Wire},
    world::{Server, World},
};
use crate::chaos::Dice;

const VERSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

/// The longest pause between two things that an agent does, in milliseconds; half of it on average.
const PAUSE: u64 = 1_200;

/// An agent, and what it may use.
pub(super) struct Life {
    pub(super) number: u64,
    pub(super) token: String,
    pub(super) servers: Vec<Server>,
}

impl Life {
    /// Lives until then.
    pub(super) async fn live(self, world: Arc<World>, mut dice: Dice, until: Instant) {
        while Instant::now() < until {
            world.tally.count("sessions");
            if let Err(why) = self.session(&world, &mut dice, until).await {
                world.tally.broke(&format!("agent {}", self.number), &why);
                sleep(dice.pause(500)).await;
            }
        }
    }

    async fn session(&self, world: &World, dice: &mut Dice, until: Instant) -> Result<(), Broke> {
        let aggregate = dice.of(0..2) == 0;
        let own = dice.pick(&self.servers).cloned().expect("a server");
        let mut wire = self.connect(world, dice, (!aggregate).then_some(own.name.as_str())).await?;
        wire.open(dice.pick(&VERSIONS).copied().expect("a revision")).await?;
        for _ in 0..dice.of(5..60) {
            if Instant::now() >= until {
                break;
            }
            let server = if aggregate { dice.pick(&self.servers).cloned().expect("a server") } else { own.clone() };
            let mut hand = Hand { wire: &mut wire, server: &server, aggregate, tally: &world.tally };
            hand.act(dice).await?;
            sleep(dice.pause(PAUSE)).await;
        }
        // One in four leaves without a word; Core forgets the session in its own time.
        if dice.of(0..4) > 0 { wire.close().await } else { Ok(()) }
    }

    async fn connect(&self, world: &World, dice: &mut Dice, own: Option<&str>) -> Result<Wire, Broke> {
        let core = &world.core;
        let path = |base: &str| own.map_or_else(|| base.to_owned(), |own| format!("{base}/{own}"));
        // A third of those over HTTP comes by the strand, whose lines are cut from time to time.
        let address = if dice.of(0..3) == 0 { world.north.address.clone() } else { core.address.clone() };
        let agent = |base: &str| {
            let mut agent = core.agent(&path(base), &self.token);
            agent.address.clone_from(&address);
            agent
        };
        match self.number % 8 {
            5 => Wire::sse(agent("/sse"), &core.address).await,
            6 => {
                let url = core.url("");
                let mut words = vec!["--url", &url];
                words.extend(own.into_iter().flat_map(|own| ["--server", own]));
                Ok(Wire::bridge(&words, &self.token))
            }
            _ => Ok(Wire::http(agent("/mcp"), &core.address)),
        }
    }
}

/// Kills and cuts, every few seconds until then.
pub(super) async fn trouble(world: Arc<World>, mut dice: Dice, until: Instant) {
    while Instant::now() + Duration::from_secs(10) < until {
        sleep(Duration::from_millis(dice.of(2_000..8_000))).await;
        let word = match dice.of(0..5) {
            0 | 1 => {
                let below = world.below();
                let pipes: Vec<_> =
                    below.into_iter().filter(|kin| kin.command.contains("peta-fixture stdio")).collect();
                dice.pick(&pipes).into_iter().for_each(crate::chaos::Kin::kill);
                "servers on pipes killed"
            }
            2 => {
                let mut listening = world.listening.lock().await;
                let which = usize::try_from(dice.of(0..listening.len() as u64)).expect("an index");
                listening[which].start_again().await;
                "servers at URLs killed and started again"
            }
            3 => {
                world.north.cut();
                "lines of agents cut"
            }
            _ => {
                world.south.cut();
                "lines to a server cut"
            }
        };
        world.tally.count(word);
    }
}
