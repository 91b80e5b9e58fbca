use super::*;
use crate::sample::TENANT;

const OTHER: TenantId = TenantId::from_bytes([9; 16]);

/// Everybody who may own a credential here, in both tenants.
fn owners() -> Vec<(TenantId, Owner)> {
    let names = [
        Owner::User("ann".to_owned()),
        Owner::User("bob".to_owned()),
        // A user and a group of the same name are not the same.
        Owner::User("ops".to_owned()),
        Owner::Group("ops".to_owned()),
        Owner::Group("dev".to_owned()),
        Owner::Group("ann".to_owned()),
        Owner::Shared,
    ];
    let in_ours = names.iter().map(|owner| (TENANT, owner.clone()));
    let in_theirs = [Owner::User("ann".to_owned()), Owner::Group("ops".to_owned()), Owner::Shared];
    in_ours.chain(in_theirs.into_iter().map(|owner| (OTHER, owner))).collect()
}

fn callers() -> Vec<Caller> {
    let users = [None, Some("ann"), Some("bob"), Some("ops"), Some("Ann"), Some("")];
    let groups: [&[&str]; 6] = [&[], &["ops"], &["dev"], &["ops", "dev"], &["dev", "ops"], &["ann"]];
    let of = |user: Option<&str>, groups: &[&str]| Caller {
        tenant: TENANT,
        user: user.map(str::to_owned),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    };
    users.iter().flat_map(|user| groups.iter().map(move |groups| of(*user, groups))).collect()
}

/// Whose it may be, said another way than `choose` says it.
fn may_use(whose: Whose, caller: &Caller, tenant: TenantId, owner: &Owner) -> bool {
    tenant == caller.tenant
        && match owner {
            Owner::User(name) => {
                matches!(whose, Whose::User | Whose::UserThenShared) && caller.user.as_deref() == Some(name)
            }
            Owner::Group(name) => whose == Whose::Group && caller.groups.contains(name),
            Owner::Shared => matches!(whose, Whose::Shared | Whose::UserThenShared),
        }
}

/// What each owner has: nothing, or one credential in some standing.
const HAVE: [Option<Standing>; 4] = [None, Some(Standing::Ready), Some(Standing::Held), Some(Standing::Suspended)];

/// All combinations of who has what: 4 to the power of 10 are too many to go through with every caller, so those of other
/// people are there or not, all at once, and those that could be used are gone through one by one.
fn worlds(whose: Whose, caller: &Caller) -> Vec<Vec<Owned<usize>>> {
    let owners = owners();
    let usable: Vec<usize> =
        (0..owners.len()).filter(|at| may_use(whose, caller, owners[*at].0, &owners[*at].1)).collect();
    let mut worlds = Vec::new();
    for others in HAVE {
        for mut number in 0..HAVE.len().pow(u32::try_from(usable.len()).unwrap()) {
            let mut have = vec![others; owners.len()];
            for at in &usable {
                have[*at] = HAVE[number % HAVE.len()];
                number /= HAVE.len();
            }
            let there = have.iter().enumerate().filter_map(|(at, standing)| {
                let (tenant, owner) = owners[at].clone();
                standing.map(|standing| Owned { tenant, owner, standing, credential: at })
            });
            worlds.push(there.collect());
        }
    }
    worlds
}

#[test]
fn owner_matrix() {
    let mut seen = std::collections::BTreeMap::new();
    for whose in Whose::ALL {
        for caller in callers() {
            for mut world in worlds(whose, &caller) {
                let chosen = choose(whose, &caller, &world).map(|chosen| *chosen.credential());
                *seen.entry(format!("{whose:?} {:?}", chosen.map(|_| ()))).or_insert(0) += 1;
                assert_eq!(chosen, expected(whose, &caller, &world), "{whose:?} {caller:?} {world:?}");
                // Never another person's, whatever else is true.
                if let Ok(at) = chosen {
                    let used = world.iter().find(|owned| owned.credential == at).unwrap();
                    assert!(may_use(whose, &caller, used.tenant, &used.owner), "{whose:?} {caller:?} {used:?}");
                    assert_eq!(used.standing, Standing::Ready);
                }
                // The order in which the store gives them changes nothing.
                world.reverse();
                assert_eq!(choose(whose, &caller, &world).map(|chosen| *chosen.credential()), chosen);
            }
        }
    }
    assert!(seen.len() >= 16, "every answer was given: {seen:?}");
}

/// The rule as a table would have it.
fn expected(whose: Whose, caller: &Caller, world: &[Owned<usize>]) -> Result<usize, NoCredential> {
    let standing = |owner: &Owner| {
        world
            .iter()
            .find(|owned| owned.tenant == caller.tenant && owned.owner == *owner)
            .map(|o| (o.standing, o.credential))
    };
    let in_turn: Vec<Owner> = match (whose, &caller.user) {
        (Whose::User, None) => return Err(NoCredential::NoUser),
        (Whose::User, Some(user)) => vec![Owner::User(user.clone())],
        (Whose::Group, _) if caller.groups.is_empty() => return Err(NoCredential::NoGroup),
        (Whose::Group, _) => caller.groups.iter().map(|group| Owner::Group(group.clone())).collect(),
        (Whose::Shared, _) | (Whose::UserThenShared, None) => vec![Owner::Shared],
        (Whose::UserThenShared, Some(user)) => vec![Owner::User(user.clone()), Owner::Shared],
    };
    let mut held = false;
    for owner in &in_turn {
        match standing(owner) {
            Some((Standing::Ready, at)) => return Ok(at),
            Some((Standing::Suspended, _)) => return Err(NoCredential::Suspended),
            Some((Standing::Held, _)) => held = true,
            None => {}
        }
    }
    Err(if held { NoCredential::Held } else { NoCredential::None })
}

fn owned(owner: Owner, standing: Standing, credential: usize) -> Owned<usize> {
    Owned { tenant: TENANT, owner, standing, credential }
}

fn ann() -> Caller {
    Caller { tenant: TENANT, user: Some("ann".to_owned()), groups: vec!["ops".to_owned(), "dev".to_owned()] }
}

#[test]
fn two_of_one_owner_are_refused() {
    let mine = || Owner::User("ann".to_owned());
    let two = [
        owned(mine(), Standing::Ready, 1),
        owned(mine(), Standing::Ready, 2),
        owned(Owner::Shared, Standing::Ready, 3),
    ];
    assert_eq!(choose(Whose::UserThenShared, &ann(), &two), Err(NoCredential::Twice));
    let one_stopped = [owned(mine(), Standing::Suspended, 1), owned(mine(), Standing::Ready, 2)];
    assert_eq!(choose(Whose::User, &ann(), &one_stopped), Err(NoCredential::Twice));
    // What nobody has confirmed is in nobody's way.
    let one_held = [owned(mine(), Standing::Held, 1), owned(mine(), Standing::Ready, 2)];
    assert_eq!(*choose(Whose::User, &ann(), &one_held).unwrap().credential(), 2);
}

#[test]
fn groups_count_in_the_order_they_were_written() {
    let both = [
        owned(Owner::Group("dev".to_owned()), Standing::Ready, 1),
        owned(Owner::Group("ops".to_owned()), Standing::Ready, 2),
    ];
    let chosen = choose(Whose::Group, &ann(), &both).unwrap();
    assert_eq!((*chosen.credential(), chosen.owner()), (2, &Owner::Group("ops".to_owned())));
}

#[test]
fn names_of_settings() {
    for whose in Whose::ALL {
        assert_eq!(Whose::from_name(whose.name()), Some(whose));
    }
    assert_eq!((Whose::default(), Whose::from_name("User")), (Whose::UserThenShared, None));
}
