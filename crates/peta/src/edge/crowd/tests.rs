use super::{Crowd, Hops};

#[test]
fn a_full_address_lets_others_in() {
    let crowd = Crowd::new(2, 3, Hops::default());
    let one = crowd.enter("10.0.0.1".parse().unwrap());
    let two = crowd.enter("::ffff:10.0.0.1".parse().unwrap());
    assert!(one.is_some() && two.is_some());
    assert!(crowd.enter("10.0.0.1".parse().unwrap()).is_none());
    assert!(crowd.enter("10.0.0.2".parse().unwrap()).is_some());
    drop(one);
    assert!(crowd.enter("10.0.0.1".parse().unwrap()).is_some());
}

#[test]
fn a_network_counts_as_one() {
    let crowd = Crowd::new(1, 3, Hops::default());
    let _one = crowd.enter("2001:db8:0:1::1".parse().unwrap()).unwrap();
    assert!(crowd.enter("2001:db8:0:1:ffff::2".parse().unwrap()).is_none());
    assert!(crowd.enter("2001:db8:0:2::1".parse().unwrap()).is_some());
}

#[test]
fn loopback_has_a_limit_of_its_own_and_nothing_is_forgotten() {
    let crowd = Crowd::new(1, 3, Hops::default());
    let places: Vec<_> = (0..4).map(|_| crowd.enter("127.0.0.1".parse().unwrap())).collect();
    assert_eq!(places.iter().flatten().count(), 3);
    assert_eq!(crowd.count(), 3);
    drop(places);
    assert_eq!(crowd.count(), 0);
}

#[test]
fn a_named_proxy_has_room_for_those_behind_it() {
    let crowd = Crowd::new(1, 3, Hops::new(&["10.0.0.1".parse().unwrap()]));
    let places: Vec<_> = (0..4).map(|_| crowd.enter("10.0.0.1".parse().unwrap())).collect();
    assert_eq!(places.iter().flatten().count(), 3);
}
