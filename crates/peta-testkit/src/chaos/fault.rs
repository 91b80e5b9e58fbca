//! What goes wrong, and how it is brought about.

use std::time::Duration;

use tokio::time::sleep;

use super::{dice::Dice, kin::Kin, site::Site, strand::Mood};

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// SIGKILL of Core; it is started again at once, while the trees of the old one are still being ended.
    KillCore,
    /// SIGKILL of a launcher, of a server's own process, of whoever is below a launcher.
    KillLauncher,
    KillServer,
    KillAnyone,
    /// All connections of agents, and of Core to its server over HTTP, are reset.
    CutAgents,
    CutServer,
    /// The same, after both have been silent for a while without being closed (half-open).
    Stall,
    /// The clock on the wall is set, by up to two days either way.
    StepClock,
}

/// Half of the faults strike Core itself.
const DRAWN: [Fault; 14] = [
    Fault::KillCore,
    Fault::KillCore,
    Fault::KillCore,
    Fault::KillCore,
    Fault::KillCore,
    Fault::KillCore,
    Fault::KillCore,
    Fault::KillLauncher,
    Fault::KillLauncher,
    Fault::KillServer,
    Fault::KillAnyone,
    Fault::CutAgents,
    Fault::CutServer,
    Fault::Stall,
];

impl Fault {
    pub fn draw(dice: &mut Dice, site: &Site) -> Self {
        if site.wall.is_some() && dice.of(0..8) == 0 {
            return Self::StepClock;
        }
        *dice.pick(&DRAWN).expect("some")
    }

    /// Brings it about; those whose end it must bring with it.
    pub async fn strike(self, site: &mut Site, dice: &mut Dice) -> Vec<Kin> {
        match self {
            Self::KillCore => {
                let below = site.kill_core().await;
                site.start_again().await;
                below
            }
            Self::KillLauncher => {
                let Some(launcher) = find(site, dice, Kin::is_launcher).await else { return Vec::new() };
                // Its tree, as it is now; what it grows meanwhile is looked for at the end of the run.
                let doomed = below(&launcher, &site.below());
                launcher.kill();
                doomed
            }
            Self::KillServer => {
                let server = find(site, dice, |kin| kin.command.contains("peta-fixture stdio")).await;
                server.map(|server| killed(&server)).unwrap_or_default()
            }
            Self::KillAnyone => {
                let anyone = find(site, dice, |kin| !kin.is_launcher()).await;
                anyone.map(|anyone| killed(&anyone)).unwrap_or_default()
            }
            Self::CutAgents => {
                site.north.cut();
                Vec::new()
            }
            Self::CutServer => {
                site.south.cut();
                Vec::new()
            }
            Self::Stall => {
                let both = [&site.north, &site.south];
                both.iter().for_each(|strand| strand.set(Mood::Silent));
                sleep(dice.pause(150)).await;
                both.iter().for_each(|strand| {
                    strand.cut();
                    strand.set(Mood::Well);
                });
                Vec::new()
            }
            Self::StepClock => {
                let seconds = i64::try_from(dice.of(0..4 * 86_400)).expect("seconds") - 2 * 86_400;
                site.wall.iter().for_each(|wall| wall.set(seconds));
                Vec::new()
            }
        }
    }
}

fn killed(kin: &Kin) -> Vec<Kin> {
    kin.kill();
    vec![kin.clone()]
}

/// One of those; a Core that has just been started may have none for a moment.
async fn find(site: &Site, dice: &mut Dice, which: impl Fn(&Kin) -> bool) -> Option<Kin> {
    for _ in 0..100 {
        let found: Vec<Kin> = site.below().into_iter().filter(&which).collect();
        if let Some(one) = dice.pick(&found) {
            return Some(one.clone());
        }
        sleep(Duration::from_millis(10)).await;
    }
    None
}

/// It and everyone below it.
fn below(root: &Kin, all: &[Kin]) -> Vec<Kin> {
    let mut found = vec![root.clone()];
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|kin| kin.pid) {
        found.extend(all.iter().filter(|kin| kin.parent == parent).cloned());
        next += 1;
    }
    found
}
