use super::*;

/// One byte after another.
fn slowly(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match inside.get(at)? {
            b'"' => return Some(at + 1),
            0..0x20 => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[test]
fn agrees_with_a_slow_reader() {
    let pieces: [&[u8]; 6] = [b"a", b"\\\\", b"\\\"", b"\\n", "é".as_bytes(), b"0123456789"];
    let mut seed = 7u32;
    for _ in 0..20_000 {
        let mut inside = Vec::new();
        while inside.len() < 200 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            inside.extend_from_slice(pieces[(seed >> 16) as usize % pieces.len()]);
        }
        let end = (seed >> 8) as usize % 180;
        let whole = slowly(&inside).is_none();
        assert!(whole, "the pieces never end a string");
        inside.truncate(end);
        inside.extend_from_slice(b"\" and \" more text behind it, longer than one block, and then some more of it ...");
        let slow = slowly(&inside).unwrap();
        match string_end(&inside) {
            Found::End(length) => assert_eq!(length, slow),
            Found::Nothing(length, escaped) => {
                let length = length + usize::from(escaped);
                assert_eq!(length + slowly(&inside[length..]).unwrap(), slow);
            }
            Found::Control => panic!("no control character is there"),
        }
    }
}

#[test]
fn control_characters_are_found() {
    let mut inside = vec![b'x'; 100];
    inside[70] = b'\n';
    assert!(matches!(string_end(&[inside.clone(), inside].concat()), Found::Control));
}
