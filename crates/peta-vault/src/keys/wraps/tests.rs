use super::*;

const KEK: KekId = KekId::from_bytes([3; 16]);

#[test]
fn a_block_is_used_up() {
    let (reserved, block) = reserve(KEK, 0).unwrap();
    assert_eq!((reserved, block.left()), (4_096, 4_096));
    for _ in 0..BLOCK {
        assert!(block.take().unwrap().spend(KEK));
    }
    assert!(block.take().is_none());
    assert_eq!(block.left(), 0);
}

#[test]
fn two_replicas_take_different_blocks() {
    let (first, _) = reserve(KEK, 0).unwrap();
    let (second, _) = reserve(KEK, first).unwrap();
    assert_eq!((first, second), (4_096, 8_192));
}

#[test]
fn the_last_block_ends_at_the_limit() {
    let last = LIMIT - u64::from(BLOCK);
    assert_eq!(reserve(KEK, last).unwrap().0, LIMIT);
    for reserved in [last + 1, LIMIT, LIMIT + 1, u64::MAX] {
        assert_eq!(reserve(KEK, reserved).err(), Some(Spent), "{reserved}");
    }
}

#[test]
fn threads_take_each_wrap_once() {
    let (_, block) = reserve(KEK, 0).unwrap();
    let taken: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| std::iter::from_fn(|| block.take()).count())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(taken, 4_096);
}

#[test]
fn blocks_of_one_key_add_up() {
    let (_, block) = reserve(KEK, 0).unwrap();
    let all = Block::empty(KEK);
    assert!(all.take().is_none());
    all.add(block).unwrap();
    assert_eq!(all.left(), 4_096);
    let other = Block::empty(KekId::from_bytes([4; 16]));
    assert_eq!(all.add(other).unwrap_err().kek(), KekId::from_bytes([4; 16]));
}

#[test]
fn rotation_is_due_by_count_or_age() {
    let made = Moment::from_micros(0);
    let days = |days: u64| made.after(Span::from_secs(days * 86_400));
    assert_eq!(due(0, made, days(89)), None);
    assert_eq!(due(ROTATE_AT - 1, made, days(0)), None);
    assert_eq!(due(ROTATE_AT, made, days(0)), Some(Due::Count));
    assert_eq!(due(0, made, days(90)), Some(Due::Age));
    assert_eq!(due(0, days(90), made), None);
}
