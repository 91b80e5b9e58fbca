use super::*;
use crate::sanitize::forms::{Secret, forms};

fn prints(secret: &[u8], key: u8) -> Fingerprints {
    let secret = Secret { bytes: secret, user: Some("robot"), header: Some("Bearer {secret}") };
    Fingerprints::of(&forms(&secret).unwrap(), &Digester::new(&[key; 32]))
}

const SECRETS: [&[u8]; 4] = [b"sk_live_9aX2vQ7LmT4c", b"Zq8!fT3w#p", b"hunter2", b"4929710358261947"];

#[test]
fn what_is_written_is_read_back() {
    for secret in SECRETS {
        let prints = prints(secret, 1);
        assert!(prints.count() > 0);
        let again = Fingerprints::from_bytes(&prints.to_bytes()).unwrap();
        assert!(again == prints && again.count() == prints.count());
    }
}

/// As docs/formats/fingerprints.md says.
#[test]
fn the_bytes_are_as_the_page_says() {
    let digester = Digester::new(&[1; 32]);
    let secret = Secret { bytes: b"sk_live_9aX2vQ7LmT4c", user: None, header: None };
    let forms = forms(&secret).unwrap();
    let bytes = Fingerprints::of(&forms, &digester).to_bytes();
    let count = forms.iter().count();
    assert_eq!(bytes.len(), 16 + 40 * count);
    assert_eq!(&bytes[..4], b"PSF1");
    assert_eq!(bytes[4..8], u32::try_from(count).unwrap().to_be_bytes());
    assert_eq!(bytes[8..16], digester.check());
    let raw = forms.iter().position(|form| form.kind() == FormKind::Raw).unwrap();
    let entry = &bytes[16 + 40 * raw..][..40];
    assert_eq!(entry[..4], [1, 0x41, 0, 20]);
    assert_eq!(entry[4..8], upper(digester.roll(0, b"sk_live_9aX2vQ7L")).to_be_bytes());
    assert_eq!(entry[8..], digester.digest(&[b"sk_live_9aX2vQ7LmT4c"]));
}

#[test]
fn nothing_of_the_secret_is_in_them() {
    for secret in SECRETS {
        let bytes = prints(secret, 1).to_bytes();
        assert!(!bytes.windows(4).any(|window| secret.windows(4).any(|part| part == window)));
    }
    assert!(prints(SECRETS[0], 1).to_bytes() != prints(SECRETS[0], 2).to_bytes(), "another key gives others");
    assert!(!prints(SECRETS[0], 2).are_of(&Digester::new(&[1; 32])));
}

#[test]
fn what_is_damaged_is_refused() {
    let good = prints(SECRETS[0], 1).to_bytes();
    for length in 0..good.len() {
        assert!(Fingerprints::from_bytes(&good[..length]).is_err(), "cut off at {length}");
    }
    assert_eq!(Fingerprints::from_bytes(&[&good[..], b"x"].concat()).err(), Some(Damaged::Length));
    let with = |at: usize, byte: u8| {
        let mut bad = good.clone();
        bad[at] = byte;
        Fingerprints::from_bytes(&bad).err()
    };
    assert_eq!(with(0, b'Q'), Some(Damaged::Head));
    assert_eq!(with(7, 0), Some(Damaged::Length));
    for (at, byte) in [(16, 0), (16, 9), (17, 0), (17, 4), (17, 0x51), (17, 0x81), (18, 0xff)] {
        assert_eq!(with(at, byte), Some(Damaged::Entry(0)), "{byte} at {at}");
    }
    assert_eq!(Fingerprints::from_bytes(&[b"PSF1".as_slice(), &[0xff; 12]].concat()).err(), Some(Damaged::Length));
}
