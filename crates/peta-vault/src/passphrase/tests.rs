use peta_model::InstallId;

use super::*;
use crate::{
    root::{Check, Root},
    sample::{Counting, Empty, INSTALL},
};

fn quick() -> Derivation {
    Derivation { rounds: NonZeroU32::new(FEWEST).unwrap(), salt: [3; SALT] }
}

fn check(text: &str, derivation: &Derivation) -> Check {
    Passphrase::new(text).ok().unwrap().derive(derivation).check(INSTALL)
}

#[test]
fn a_known_derivation() {
    // RFC 7914, section 11: P = "Password", S = "NaCl", c = 80000. Too short for a passphrase here, so below its rules.
    let mut out = [0; 64];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, NonZeroU32::new(80_000).unwrap(), b"NaCl", b"Password", &mut out);
    let hex: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(hex.starts_with("4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"));
}

#[test]
fn the_same_in_any_spelling() {
    let derivation = quick();
    // Composed and decomposed, wide and plain, ligature and letters.
    let spellings = ["caf\u{e9} ﬁle １２３", "cafe\u{301} file 123", "cafe\u{301} ﬁle 12３"];
    let checks: Vec<_> = spellings.iter().map(|text| check(text, &derivation)).collect();
    assert!(checks.iter().all(|other| *other == checks[0]));
    assert_ne!(check("café file 124", &derivation), checks[0]);
    assert_ne!(check("Café file 123", &derivation), checks[0]);
}

#[test]
fn a_wrong_passphrase_a_salt_and_rounds_make_another_root() {
    let one = quick();
    let salted = Derivation { salt: [4; SALT], ..one };
    let longer = Derivation { rounds: NonZeroU32::new(FEWEST + 1).unwrap(), ..one };
    let text = "correct horse battery";
    let right = check(text, &one);
    assert_ne!(check("correct horse batterz", &one), right);
    assert_ne!(check("correct horse battery ", &one), right);
    assert_ne!(check(text, &salted), right);
    assert_ne!(check(text, &longer), right);
    let root = Passphrase::new(text).ok().unwrap().derive(&one);
    assert_ne!(root.check(InstallId::from_bytes([0; 16])), right);
}

#[test]
fn what_is_no_passphrase() {
    let refused = |text: &str| Passphrase::new(text).err();
    assert_eq!(refused("elevenchars"), Some(PassphraseError::TooShort));
    assert_eq!(refused("twelve chars"), None);
    // Characters, not bytes; counted after normalisation, which joins these pairs.
    assert_eq!(refused(&"é".repeat(11)), Some(PassphraseError::TooShort));
    assert_eq!(refused(&"e\u{301}".repeat(11)), Some(PassphraseError::TooShort));
    assert_eq!(refused(&"e\u{301}".repeat(12)), None);
    assert_eq!(refused("long enough it is\n"), Some(PassphraseError::Control));
    assert_eq!(refused("long enough\0 it is"), Some(PassphraseError::Control));
    assert_eq!(refused(&"x".repeat(1_024)), None);
    assert_eq!(refused(&"x".repeat(1_025)), Some(PassphraseError::TooLong));
}

#[test]
fn the_longest_growth_has_room() {
    // U+FDFA becomes 18 characters; nothing becomes longer.
    let text = "\u{fdfa}".repeat(BYTES / 3);
    let passphrase = Passphrase::new(&text).ok().unwrap();
    assert!(passphrase.0.len() > text.len() * 10);
    assert_eq!(passphrase.0.capacity(), text.len() * GROWTH, "it was not moved");
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    for letter in ('\0'..=char::MAX).filter(|letter| letter.len_utf8() > 1) {
        let normal: usize = normalizer.normalize_iter(std::iter::once(letter)).map(char::len_utf8).sum();
        assert!(normal <= letter.len_utf8() * GROWTH, "{letter:?}");
    }
}

#[test]
fn rounds_are_what_was_measured_within_bounds() {
    let rounds = |measured| Derivation::new(measured, &mut Counting(0)).unwrap().rounds();
    assert_eq!((rounds(0), rounds(600_000), rounds(1_200_000)), (600_000, 600_000, 1_200_000));
    assert_eq!(rounds(u32::MAX), MOST);
    assert_eq!(Derivation::new(0, &mut Empty).err(), Some(NoRandom));
    let two = (Derivation::new(0, &mut Counting(0)).unwrap(), Derivation::new(0, &mut Counting(9)).unwrap());
    assert_ne!(two.0.salt, two.1.salt);
}

#[test]
fn old_parameters_are_outdated() {
    let with = |rounds| Derivation { rounds: NonZeroU32::new(rounds).unwrap(), salt: [0; SALT] };
    assert!(with(100_000).is_outdated(0));
    assert!(with(599_999).is_outdated(0));
    assert!(!with(600_000).is_outdated(600_000));
    assert!(!with(600_000).is_outdated(1_200_000));
    assert!(with(600_000).is_outdated(1_300_000));
    assert!(!with(2_000_000).is_outdated(0));
}

#[test]
fn hostile_stored_parameters_cost_nothing() {
    let good = Derivation::new(0, &mut Counting(0)).unwrap();
    let bytes = good.to_bytes();
    assert_eq!((bytes.len(), Derivation::parse(&bytes)), (STORED, Ok(good)));
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        Derivation::parse(&bytes)
    };
    let rounds = |rounds: u32| with(&|b| b[8..12].copy_from_slice(&rounds.to_be_bytes()));
    assert_eq!(with(&Vec::clear), Err(DerivationError::OtherForm));
    assert_eq!(with(&|b| b.push(0)), Err(DerivationError::OtherForm));
    assert_eq!(with(&|b| b[3] = b'2'), Err(DerivationError::OtherForm));
    assert_eq!(with(&|b| b[4] = 2), Err(DerivationError::Method(2)));
    assert_eq!(with(&|b| b[7] = 1), Err(DerivationError::Reserved));
    for few in [0, 1, 99_999] {
        assert_eq!(rounds(few), Err(DerivationError::TooFew(few)));
    }
    for many in [50_000_001, u32::MAX] {
        assert_eq!(rounds(many), Err(DerivationError::TooMany(many)));
    }
    assert!(rounds(100_000).is_ok() && rounds(50_000_000).is_ok());
}
