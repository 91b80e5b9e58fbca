use super::*;

fn sample(by_azure: &[u8], here: &[u8]) -> Vec<u8> {
    let version = "0698c2156c1a4e1da5b6bab6f6422fd6";
    Wrapped { algorithm: Algorithm::A256Kw, version, by_azure, here }.write().unwrap()
}

#[test]
fn what_is_written_is_read() {
    let bytes = sample(&[7; 40], &[9; LOCAL_WRAPPED]);
    let read = Wrapped::parse(&bytes).unwrap();
    assert_eq!((read.algorithm, read.version), (Algorithm::A256Kw, "0698c2156c1a4e1da5b6bab6f6422fd6"));
    assert_eq!((read.by_azure, read.here), ([7; 40].as_slice(), [9; LOCAL_WRAPPED].as_slice()));
}

#[test]
fn what_is_cut_or_changed_in_form_is_not() {
    let bytes = sample(&[7; 40], &[9; LOCAL_WRAPPED]);
    for end in 0..bytes.len() {
        assert!(Wrapped::parse(&bytes[..end]).is_none(), "{end}");
    }
    assert!(Wrapped::parse(&[bytes.as_slice(), &[0]].concat()).is_none());
    for (at, byte) in [(0, b'Q'), (4, 3), (4, 0), (5, 0), (6, b'/'), (7, b'.')] {
        let mut changed = bytes.clone();
        changed[at] = byte;
        assert!(Wrapped::parse(&changed).is_none(), "{at}");
    }
}
