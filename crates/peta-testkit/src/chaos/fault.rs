//! What goes wrong, and how it is brought about.

use std::time::Duration;

use tokio::time::sleep;

use super::{dice::Dice, kin::Kin, site::Site};

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
}

/// Half of the faults strike Core itself.
const DRAWN: [Fault; 12] = [
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
];

impl Fault {
    pub fn draw(dice: &mut Dice) -> Self {
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
