use super::world::World;
use crate::numbers::{insert, remove, starting_at};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Numbers of every size that the tree holds, close together and far apart.
fn number() -> impl Strategy<Value = u64> {
    (0u32..5, 0u64..6, 0u64..256).prop_map(|(level, high, low)| (high << (8 * level)) + low)
}

/// Puts a number in or takes it out, then asks for the numbers from another on.
fn steps() -> impl Strategy<Value = Vec<(bool, u64, u64, usize)>> {
    prop::collection::vec((any::<bool>(), number(), number(), 0usize..9), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_set_finds_what_comes_next_and_leaves_nothing_behind(steps in steps()) {
        let mut world = World::bare();
        let empty = world.bytes();
        let mut model = BTreeSet::new();
        for (put, number, from, limit) in steps {
            if put && model.insert(number) {
                world.call("anybody", |_| insert(number)).expect("put in");
            } else if !put && model.remove(&number) {
                world.call("anybody", |_| remove(number)).expect("taken out");
            }
            let expected: Vec<_> = model.range(from..).take(limit).copied().collect();
            prop_assert_eq!(world.view(|_| starting_at(from, limit)), expected);
        }
        for number in model {
            world.call("anybody", |_| remove(number)).expect("taken out");
        }
        prop_assert_eq!(world.bytes(), empty);
    }
}

#[test]
fn the_largest_numbers_have_their_place() {
    let mut world = World::bare();
    let last = (1 << 40) - 1;
    world.call("anybody", |_| insert(last)).expect("put in");
    assert_eq!(world.view(|_| starting_at(0, 9)), [last]);
    assert_eq!(world.view(|_| starting_at(last, 9)), [last]);
    assert!(world.view(|_| starting_at(last + 1, 9)).is_empty());
    assert!(world.view(|_| starting_at(u64::MAX, 9)).is_empty());
}
