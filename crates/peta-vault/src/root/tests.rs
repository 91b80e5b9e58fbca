use super::*;
use crate::sample::{Counting, INSTALL, TENANT, kek, key};

fn root(byte: u8) -> LocalRoot {
    LocalRoot::new(key(byte))
}

const CONTEXT: Context =
    Context { install: INSTALL, tenant: TENANT, purpose: Purpose::Vault, kek: KekId::from_bytes([9; 16]) };

#[test]
fn what_is_wrapped_is_unwrapped() {
    let wrapped = root(1).wrap(&CONTEXT, &key(5), &mut Counting(0)).unwrap();
    assert_eq!(wrapped.len(), LOCAL_WRAPPED);
    assert!(root(1).unwrap(&CONTEXT, &wrapped).ok().unwrap().with(|bytes| *bytes == [5; 32]));
    assert_eq!(Context::of(&kek(9), INSTALL), CONTEXT);
}

#[test]
fn bound_to_its_context_and_root() {
    let wrapped = root(1).wrap(&CONTEXT, &key(5), &mut Counting(0)).unwrap();
    let others = [
        Context { install: InstallId::from_bytes([0; 16]), ..CONTEXT },
        Context { tenant: TenantId::from_bytes([0; 16]), ..CONTEXT },
        Context { purpose: Purpose::Digest, ..CONTEXT },
        Context { kek: KekId::from_bytes([0; 16]), ..CONTEXT },
    ];
    for other in others {
        assert_eq!(root(1).unwrap(&other, &wrapped).err(), Some(RootError::Refused), "{other:?}");
    }
    assert_eq!(root(2).unwrap(&CONTEXT, &wrapped).err(), Some(RootError::Refused));
}

#[test]
fn any_flipped_bit_or_other_length_is_refused() {
    let wrapped = root(1).wrap(&CONTEXT, &key(5), &mut Counting(0)).unwrap();
    for bit in 0..wrapped.len() * 8 {
        let mut wrapped = wrapped.clone();
        wrapped[bit / 8] ^= 1 << (bit % 8);
        assert!(root(1).unwrap(&CONTEXT, &wrapped).is_err(), "bit {bit}");
    }
    for length in 0..wrapped.len() {
        assert!(root(1).unwrap(&CONTEXT, &wrapped[..length]).is_err(), "{length} bytes");
    }
    assert!(root(1).unwrap(&CONTEXT, &[wrapped.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn checks_tell_roots_and_installations_apart() {
    let check = root(1).check(INSTALL);
    assert_eq!(check, root(1).check(INSTALL));
    assert_ne!(check, root(2).check(INSTALL));
    assert_ne!(check, root(1).check(InstallId::from_bytes([0; 16])));
    assert_ne!(Check::of_remote("transit/a", INSTALL), Check::of_remote("transit/b", INSTALL));
    assert_eq!(format!("{check:?}"), "Check(..)");
}
