//! More scopes for a call that the server refused with `insufficient_scope`, a few times and no more.

use super::{challenge::Challenge, error::Error, scope::Scopes};

/// How often more was asked for, for one user and server. Whoever calls keeps it, and forgets it when a call succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts(u8);

/// With the connection before them, that is three.
const MOST: u8 = 2;

/// The scopes for the next connection: those that were granted, and those that the server wants. Counts the attempt. They
/// go through `select` like any others, for few servers say that `offline_access` was granted.
pub fn step_up(granted: Option<&Scopes>, challenge: &Challenge, attempts: &mut Attempts) -> Result<Scopes, Error> {
    let wanted = challenge.scopes.as_ref().filter(|wanted| !wanted.is_empty()).ok_or(Error::StepUpUnknown)?;
    if attempts.0 >= MOST {
        return Err(Error::StepUpLimit);
    }
    attempts.0 += 1;
    Ok(granted.map_or_else(|| wanted.clone(), |granted| granted.with(wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(scopes: &str) -> Challenge {
        Challenge { scopes: Some(Scopes::read(scopes)), ..Challenge::default() }
    }

    #[test]
    fn what_was_granted_stays_and_there_is_an_end() {
        let (granted, mut attempts) = (Scopes::read("a b"), Attempts::default());
        for _ in 0..MOST {
            assert_eq!(step_up(Some(&granted), &wants("b c"), &mut attempts).unwrap().join(" "), "a b c");
        }
        assert!(matches!(step_up(Some(&granted), &wants("b c"), &mut attempts), Err(Error::StepUpLimit)));
        assert_eq!(step_up(None, &wants("c"), &mut Attempts::default()).unwrap().join(" "), "c");
    }

    #[test]
    fn a_server_must_say_what_it_wants() {
        let mut attempts = Attempts::default();
        assert!(matches!(step_up(None, &wants(""), &mut attempts), Err(Error::StepUpUnknown)));
        assert!(matches!(step_up(None, &Challenge::default(), &mut attempts), Err(Error::StepUpUnknown)));
    }
}
