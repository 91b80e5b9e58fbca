//! What must hold of sealed bytes, whatever they are. The fuzz target calls this with what it makes up, the ordinary tests
//! of `peta-vault` with the committed corpus.

use peta_model::{InstallId, TenantId};
use peta_vault::{
    Key, Kind, NoRandom, Place, Random,
    envelope::{Envelope, HEAD, OpenError, WRAP, rewrap, seal},
    key_file::KeyFile,
    keys::{Kek, KekId, Wrap, reserve},
    passphrase::Derivation,
};

/// Counts out bytes that depend on where it began.
pub(crate) struct Counting(pub(crate) u64);

impl Random for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        for byte in out {
            self.0 += 1;
            *byte = (self.0 % 251) as u8;
        }
        Ok(())
    }
}

/// The bytes from this one on: no two parts look alike, and none reads the same backwards. The vectors are made of them
/// too, so that envelopes of the corpus open.
pub(crate) fn from<const COUNT: usize>(first: u8) -> [u8; COUNT] {
    std::array::from_fn(|at| first + at as u8)
}

pub(crate) fn place() -> Place {
    Place {
        install: InstallId::from_bytes(from(0x00)),
        tenant: TenantId::from_bytes(from(0x10)),
        kind: Kind::Credential,
        object: from(0x20),
        version: 0x0102_0304_0506_0708,
    }
}

pub(crate) fn kek(id: u8, key: u8) -> (Kek, Wrap) {
    let key = Key::fill(|bytes| {
        *bytes = from(key);
        Ok::<(), NoRandom>(())
    });
    let place = place();
    let id = KekId::from_bytes(from(id));
    let kek = Kek { id, tenant: place.tenant, purpose: place.kind.purpose(), key: key.expect("made of nothing") };
    let wrap = reserve(id, 0).ok().and_then(|(_, block)| block.take()).expect("the first of many");
    (kek, wrap)
}

/// What is read is read whole, and is what it was; what is sealed opens, and nothing else does.
pub(crate) fn envelope(data: &[u8]) {
    read(data);
    if let Ok(derivation) = Derivation::parse(data) {
        assert_eq!(derivation.to_bytes(), data);
    }
    if let Some(file) = std::str::from_utf8(data).ok().and_then(|text| KeyFile::parse(text).ok()) {
        let again = KeyFile::parse(&file.write()).expect("what was written is read");
        assert_eq!((again.install, again.keks), (file.install, file.keks));
    }
    sealed(data);
}

fn read(data: &[u8]) {
    let Ok(envelope) = Envelope::parse(data) else { return };
    let fields: Vec<(&str, usize)> = envelope.fields().collect();
    let length: usize = fields.iter().map(|(name, length)| 1 + name.len() + 12 + 4 + length + 16).sum();
    assert_eq!(HEAD + length, data.len(), "each byte belongs to something");
    let (old, _) = kek(0x30, 0x40);
    let Ok(opened) = envelope.open(&old, &place()) else { return };
    for (name, length) in fields {
        let mut out = vec![1; length];
        match opened.open_into(name, &mut out) {
            Ok(found) => assert_eq!(found, length),
            Err(error) => assert_eq!((error, out), (OpenError::Field, vec![0; length]), "nothing is left there"),
        }
    }
    let mut moved = data.to_vec();
    let (new, wrap) = kek(0x31, 0x41);
    rewrap(&mut moved, &place(), &old, (&new, wrap), &mut Counting(7)).expect("what opens is wrapped again");
    assert_eq!((&moved[..WRAP.start], &moved[WRAP.end..]), (&data[..WRAP.start], &data[WRAP.end..]));
}

fn sealed(data: &[u8]) {
    let Some((first, values)) = data.split_first() else { return };
    let count = usize::from(*first % 64) + 1;
    let names: Vec<String> = (0..count).map(|number| format!("f{number}")).collect();
    let pieces = values.chunks(values.len().div_ceil(count).max(1)).chain(std::iter::repeat([].as_slice()));
    let fields: Vec<(&str, &[u8])> = names.iter().map(String::as_str).zip(pieces).collect();
    let (key, wrap) = kek(0x30, 0x40);
    let mut bytes = seal((&key, wrap), &place(), &fields, &mut Counting(u64::from(*first))).expect("it can be sealed");
    assert!(opens(&bytes, &key, &fields).is_ok_and(|same| same));
    // One byte changed, wherever the data says.
    let at = values.iter().take(4).fold(0, |at, byte| at << 8 | usize::from(*byte)) % bytes.len();
    bytes[at] ^= first | 1;
    assert!(opens(&bytes, &key, &fields).is_err(), "byte {at} was changed");
}

/// Whether all fields hold these values.
fn opens(bytes: &[u8], kek: &Kek, fields: &[(&str, &[u8])]) -> Result<bool, OpenError> {
    let opened = Envelope::parse(bytes)?.open(kek, &place())?;
    let mut same = opened.fields().count() == fields.len();
    for (name, value) in fields {
        same &= opened.open(name)?.as_slice() == *value;
    }
    Ok(same)
}
