use super::*;

/// An envelope by form only: one field `a` of `text` bytes.
fn bytes(text: u32) -> Vec<u8> {
    let mut bytes = [MAGIC.as_slice(), &[1, 1, 0, 0], &[4; 16], &[5; 12], &[6; 48]].concat();
    bytes.extend([1, b'a']);
    bytes.extend([7; 12]);
    bytes.extend(text.to_be_bytes());
    bytes.extend(std::iter::repeat_n(8, text as usize + TAG));
    bytes
}

fn with(change: impl FnOnce(&mut Vec<u8>)) -> Option<EnvelopeError> {
    let mut bytes = bytes(3);
    change(&mut bytes);
    Envelope::parse(&bytes).err()
}

#[test]
fn a_form_is_read() {
    let bytes = bytes(3);
    let envelope = Envelope::parse(&bytes).ok().unwrap();
    assert_eq!(envelope.kek(), KekId::from_bytes([4; 16]));
    assert_eq!(envelope.fields().collect::<Vec<_>>(), [("a", 3)]);
    assert_eq!(envelope.wrapped(), (&[5; 12], &[6; 48]));
}

#[test]
fn hostile_heads() {
    use EnvelopeError::*;
    assert_eq!(with(|_| {}), None);
    let cases: [(Option<EnvelopeError>, EnvelopeError); 21] = [
        (with(Vec::clear), NoHead),
        (with(|b| b.truncate(HEAD - 1)), NoHead),
        (with(|b| b[3] = b'2'), OtherForm),
        (with(|b| b[0] = b'p'), OtherForm),
        (with(|b| b[4] = 0), Algorithm(0)),
        (with(|b| b[4] = 2), Algorithm(2)),
        (with(|b| b[5] = 0), Count(0)),
        (with(|b| b[5] = 65), Count(65)),
        (with(|b| b[5] = 255), Count(255)),
        (with(|b| b[6] = 1), Reserved),
        (with(|b| b[7] = 128), Reserved),
        (with(|b| b.truncate(HEAD)), Cut(0)),
        (with(|b| b[5] = 2), Cut(1)),
        (with(|b| b[5] = 64), Cut(1)),
        (with(|b| b[HEAD] = 255), Cut(0)),
        (with(|b| b[HEAD] = 0), Cut(0)),
        (with(|b| b[HEAD + 1] = b' '), Name(0)),
        (with(|b| b[HEAD + 1] = 0xc3), Name(0)),
        // A length of four gigabytes takes no memory.
        (with(|b| b[HEAD + 14..HEAD + 18].fill(255)), Cut(0)),
        (with(|b| b[HEAD + 17] = 2), Rest(1)),
        (with(|b| b.push(0)), Rest(1)),
    ];
    for (at, (found, expected)) in cases.into_iter().enumerate() {
        assert_eq!(found, Some(expected), "case {at}");
    }
}

#[test]
fn no_two_fields_of_one_name() {
    let mut bytes = bytes(0);
    bytes[5] = 2;
    let field = bytes[HEAD..].to_vec();
    bytes.extend(field);
    assert_eq!(Envelope::parse(&bytes).err(), Some(EnvelopeError::Twin(1)));
    let at = bytes.len() - 33;
    bytes[at] = b'b';
    assert_eq!(Envelope::parse(&bytes).ok().unwrap().fields().count(), 2);
}

#[test]
fn an_empty_name_is_none() {
    let mut bytes = [MAGIC.as_slice(), &[1, 1, 0, 0], &[4; 76], &[0], &[7; 12], &[0; 4], &[8; 16]].concat();
    assert_eq!(Envelope::parse(&bytes).err(), Some(EnvelopeError::Name(0)));
    bytes.truncate(HEAD + 5);
    assert_eq!(Envelope::parse(&bytes).err(), Some(EnvelopeError::Cut(0)));
}

#[test]
fn too_long_is_refused_unread() {
    assert_eq!(Envelope::parse(&vec![0; LIMIT + 1]).err(), Some(EnvelopeError::TooLong));
    assert_eq!(Envelope::parse(&vec![0; LIMIT]).err(), Some(EnvelopeError::OtherForm));
}

#[test]
fn cut_anywhere_is_refused() {
    let bytes = bytes(40);
    for length in 0..bytes.len() {
        assert!(Envelope::parse(&bytes[..length]).is_err(), "at {length}");
    }
}
