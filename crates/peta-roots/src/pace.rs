//! How fast this machine derives a root from a passphrase, so that a new derivation takes it long enough.

use std::time::{Duration, Instant};

use peta_vault::{
    NoRandom, Random,
    passphrase::{Derivation, MOST, Passphrase},
};

/// What a derivation should take here.
const AIM: Duration = Duration::from_millis(250);

/// The rounds that this machine does in a quarter of a second: for `Derivation::new` and `Derivation::is_outdated`. It takes
/// about that long itself: where waiting is allowed.
pub fn measured_rounds(random: &mut dyn Random) -> Result<u32, NoRandom> {
    let derivation = Derivation::new(0, random)?;
    // Any text does: what is derived is thrown away.
    let Ok(text) = Passphrase::new("how fast is this machine?") else { return Ok(derivation.rounds()) };
    let begun = Instant::now();
    let _thrown_away = text.derive(&derivation);
    Ok(scaled(derivation.rounds(), begun.elapsed()))
}

fn scaled(rounds: u32, took: Duration) -> u32 {
    let wanted = u128::from(rounds) * AIM.as_micros() / took.as_micros().max(1);
    u32::try_from(wanted).unwrap_or(MOST).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_machine_does_more_rounds() {
        assert_eq!(scaled(600_000, Duration::from_millis(125)), 1_200_000);
        assert_eq!(scaled(600_000, Duration::from_millis(500)), 300_000);
        assert_eq!(scaled(600_000, Duration::ZERO), MOST);
    }
}
