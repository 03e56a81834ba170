use super::ledger::{Ledger, Trees, post, settle};
use super::trees::{SumTree, receipt, signed, unsigned};
use super::world::{DEAI, HOUR, World, id, must_fail};
use crate::challenge::{Neighbours, Opening, Proof, ReceiptRange, Tree};
use crate::leaves::{ChargesLeaf, RewardsLeaf, WorkReceipt};
use crate::merkle::{Gap, Item, Presence, Side, SumNode, join_hash};
use near_sdk::json_types::U128;
use near_sdk::serde_json::json;

fn deposited() -> (World, Ledger) {
    let mut world = World::new();
    world.send("alice", 1_000 * DEAI, json!({ "deposit": {} })).expect("deposited");
    (world, Ledger::default())
}

fn many() -> Vec<WorkReceipt> {
    let payees = ["bob", "bob", "bob", "carol", "carol", "dave"];
    payees.iter().zip(1..).map(|(payee, number)| receipt(number, "alice", payee, number * DEAI, DEAI / 10)).collect()
}

fn challenge(world: &mut World, number: u64, proof: Proof) -> Result<U128, String> {
    world.call("watcher", |contract| contract.challenge(number, proof))
}

/// The challenge must reject the batch and pay its bounty.
fn must_hold(world: &mut World, number: u64, proof: Proof) {
    let before = world.view(|contract| contract.escrow_of(id("watcher")).expect("there").balance.0);
    assert_eq!(challenge(world, number, proof.clone()), Ok(U128(20 * DEAI)));
    world.must_have_logged("batch_rejected");
    let after = world.view(|contract| contract.escrow_of(id("watcher")).expect("there").balance.0);
    assert_eq!(after - before, 20 * DEAI);
    must_fail(challenge(world, number, proof), "ERR_REJECTED");
    world.send("settler", 20 * DEAI, json!({ "bond": {} })).expect("bonded again");
}

/// Posts trees whose totals agree whatever is in them.
fn post_forged(world: &mut World, number: u64, trees: &Trees) {
    post(world, number, trees).expect("posted");
}

fn range(trees: &Trees, payee: &str) -> ReceiptRange {
    let leaves = &trees.receipts.leaves;
    let Some(first) = leaves.iter().position(|leaf| leaf.payee == payee) else {
        return ReceiptRange::Absent(trees.receipts.gap(payee));
    };
    let last = leaves.iter().rposition(|leaf| leaf.payee == payee).unwrap_or(first);
    ReceiptRange::Between {
        first: Box::new(trees.receipts.item(first)),
        last: Box::new(trees.receipts.item(last)),
        before: first.checked_sub(1).map(|index| Box::new(trees.receipts.item(index))),
        after: (last + 1 < leaves.len()).then(|| Box::new(trees.receipts.item(last + 1))),
    }
}

fn presence(tree: &SumTree<RewardsLeaf>, account: &str) -> Presence<RewardsLeaf> {
    match tree.leaves.iter().position(|leaf| leaf.account == account) {
        Some(index) => Presence::Present(tree.item(index)),
        None => Presence::Absent(tree.gap(account)),
    }
}

fn wrong_cumulative(before: &Trees, now: &Trees, account: &str) -> Proof {
    Proof::WrongCumulative {
        account: account.to_string(),
        previous: presence(&before.rewards, account),
        current: presence(&now.rewards, account),
        receipts: Box::new(range(now, account)),
    }
}

#[test]
fn a_receipt_with_a_bad_signature() {
    let (mut world, mut books) = deposited();
    let mut receipts = many();
    receipts[4] = unsigned(5, "alice", "carol", DEAI, 0);
    let trees = books.close(1, receipts);
    post_forged(&mut world, 1, &trees);
    for index in [0, 3, 5] {
        let proof = Proof::BadSignature(Box::new(trees.receipts.item(index)));
        must_fail(challenge(&mut world, 1, proof), "ERR_NOT_WRONG");
    }
    let mut stranger = trees.receipts.item(4);
    stranger.leaf.fee = U128(9);
    must_fail(challenge(&mut world, 1, Proof::BadSignature(Box::new(stranger))), "ERR_PROOF");
    let proof = Proof::BadSignature(Box::new(trees.receipts.item(4)));
    must_fail(world.call("stranger", |contract| contract.challenge(1, proof.clone())), "ERR_NOT_REGISTERED");
    must_hold(&mut world, 1, proof);
}

#[test]
fn one_attempt_twice_in_a_batch() {
    let (mut world, mut books) = deposited();
    let mut receipts = many();
    receipts.push(receipts[1].clone());
    receipts.push(signed(WorkReceipt { payee: "dave.near".to_string(), ..receipts[0].clone() }, 3, 0));
    let trees = books.close(1, receipts);
    post_forged(&mut world, 1, &trees);
    let pair = |first: usize, second: usize| Proof::Duplicate {
        first_batch: 1,
        first: Box::new(trees.receipts.item(first)),
        second: Box::new(trees.receipts.item(second)),
    };
    must_fail(challenge(&mut world, 1, pair(1, 1)), "ERR_NOT_WRONG");
    must_fail(challenge(&mut world, 1, pair(0, 1)), "ERR_NOT_WRONG");
    must_hold(&mut world, 1, pair(1, 2));
    post_forged(&mut world, 2, &trees);
    let dave = trees.receipts.leaves.iter().position(|leaf| leaf.payee == "dave.near").expect("there");
    let proof =
        Proof::Duplicate { first_batch: 2, first: Box::new(trees.receipts.item(0)), second: Box::new(trees.receipts.item(dave)) };
    must_hold(&mut world, 2, proof);
}

#[test]
fn one_attempt_in_two_batches() {
    let (mut world, mut books) = deposited();
    let first = books.close(1, many());
    settle(&mut world, 1, &first);
    let second = books.close(2, vec![receipt(3, "alice", "bob", 3 * DEAI, DEAI / 10)]);
    post_forged(&mut world, 2, &second);
    let proof = |first_batch: u64, at: usize| Proof::Duplicate {
        first_batch,
        first: Box::new(first.receipts.item(at)),
        second: Box::new(second.receipts.item(0)),
    };
    must_fail(challenge(&mut world, 2, proof(1, 0)), "ERR_NOT_WRONG");
    must_fail(challenge(&mut world, 2, proof(3, 2)), "ERR_PROOF");
    must_fail(challenge(&mut world, 1, proof(1, 2)), "ERR_FINAL");
    must_hold(&mut world, 2, proof(1, 2));
    // The one that stays is not to blame for its copy in a rejected batch.
    post_forged(&mut world, 3, &second);
    must_fail(
        challenge(
            &mut world,
            3,
            Proof::Duplicate {
                first_batch: 2,
                first: Box::new(second.receipts.item(0)),
                second: Box::new(second.receipts.item(0)),
            },
        ),
        "ERR_PROOF",
    );
}

#[test]
fn a_root_that_says_another_sum_than_its_tree() {
    let (mut world, mut books) = deposited();
    let trees = books.close(1, many());
    let mut roots = [trees.receipts.root(), trees.rewards.root(), trees.charges.root()];
    roots[0].sums[0].0 += DEAI;
    roots[1].sums[0].0 += DEAI;
    roots[2].sums[0].0 += DEAI;
    let [receipts, rewards, charges] = roots;
    world.call("settler", |contract| contract.post_batch(1, receipts, rewards, charges)).expect("posted");
    let receipt_item = trees.receipts.item(2);
    let proof = Proof::WrongSum {
        tree: Tree::Receipts,
        opening: Box::new(Opening::Receipt(receipt_item.leaf.clone())),
        stated: vec![receipt_item.leaf.reward, receipt_item.leaf.fee],
        proof: receipt_item.proof,
    };
    must_hold(&mut world, 1, proof);
    post(&mut world, 2, &trees).expect("the honest one");
    let charge = trees.charges.item(0);
    let honest = Proof::WrongSum {
        tree: Tree::Charges,
        opening: Box::new(Opening::Charge(charge.leaf.clone())),
        stated: vec![charge.leaf.cumulative],
        proof: charge.proof,
    };
    must_fail(challenge(&mut world, 2, honest), "ERR_NOT_WRONG");
}

#[test]
fn a_tree_that_says_another_sum_for_a_node_below() {
    let (mut world, _) = deposited();
    // The left leaf earns one token; the tree says ten for it, so that the right one's owner gets more than was earned.
    let leaf = |account: &str, tokens: u128| RewardsLeaf {
        account: account.to_string(),
        cumulative: U128(tokens * DEAI),
        first_batch: 1,
    };
    let (left, right) = (leaf("bob.near", 1), leaf("carol.near", 5));
    let mut stated = crate::merkle::leaf_node(&left);
    stated.sums = vec![U128(10 * DEAI)];
    let sibling = crate::merkle::leaf_node(&right);
    let rewards = SumNode { hash: join_hash(&stated, &sibling), sums: vec![U128(15 * DEAI)] };
    let total = |tokens: u128| vec![U128(tokens * DEAI)];
    let receipts = SumNode { hash: crate::merkle::leaf_hash(b"r"), sums: vec![U128(15 * DEAI), U128(0)] };
    let charges = SumNode { hash: crate::merkle::leaf_hash(b"c"), sums: total(15) };
    world.call("settler", |contract| contract.post_batch(1, receipts, rewards, charges)).expect("posted");
    let step = crate::merkle::Step { hash: sibling.hash, sums: sibling.sums.clone(), side: Side::Right };
    let proof = |stated: Vec<U128>| Proof::WrongSum {
        tree: Tree::Rewards,
        opening: Box::new(Opening::Reward(left.clone())),
        stated,
        proof: vec![step.clone()],
    };
    must_fail(challenge(&mut world, 1, proof(total(1))), "ERR_PROOF");
    must_fail(challenge(&mut world, 1, proof(vec![U128(0), U128(0)])), "ERR_PROOF");
    must_hold(&mut world, 1, proof(total(10)));
}

#[test]
fn a_tree_whose_sums_overflow() {
    let (mut world, _) = deposited();
    let node = |byte: u8, sum: u128| SumNode { hash: crate::merkle::leaf_hash(&[byte]), sums: vec![U128(sum)] };
    let (left, right) = (node(1, u128::MAX), node(2, 1 + DEAI));
    let rewards = SumNode { hash: join_hash(&left, &right), sums: vec![U128(DEAI)] };
    let receipts = SumNode { hash: crate::merkle::leaf_hash(b"r"), sums: vec![U128(DEAI), U128(0)] };
    world.call("settler", |contract| contract.post_batch(1, receipts, rewards, node(3, DEAI))).expect("posted");
    let proof = Proof::WrongSum {
        tree: Tree::Rewards,
        opening: Box::new(Opening::Inner { left, right }),
        stated: vec![U128(DEAI)],
        proof: Vec::new(),
    };
    must_hold(&mut world, 1, proof);
}

#[test]
fn an_account_charged_beyond_its_deposit() {
    let (mut world, mut books) = deposited();
    let receipts = vec![receipt(1, "alice", "bob", 900 * DEAI, 0), receipt(2, "carol", "bob", DEAI, 0)];
    let trees = books.close(1, receipts);
    post(&mut world, 1, &trees).expect("posted");
    let unfunded = |index: usize| Proof::Unfunded(trees.charges.item(index));
    must_fail(challenge(&mut world, 1, unfunded(0)), "ERR_NOT_WRONG");
    must_hold(&mut world, 1, unfunded(1));
    world.send("carol", DEAI, json!({ "deposit": {} })).expect("deposited");
    post(&mut world, 2, &trees).expect("posted");
    must_fail(challenge(&mut world, 2, unfunded(1)), "ERR_NOT_WRONG");
}

#[test]
fn every_honest_cumulative_reward_withstands_a_challenge() {
    let (mut world, mut books) = deposited();
    let first = books.close(1, many());
    let empty = Ledger::default().trees(Vec::new());
    post(&mut world, 1, &first).expect("posted");
    for account in ["bob.near", "carol.near", "dave.near", "treasury.near", "nobody.near"] {
        must_fail(challenge(&mut world, 1, wrong_cumulative(&empty, &first, account)), "ERR_NOT_WRONG");
    }
    let second = books.close(2, vec![receipt(9, "alice", "carol", DEAI, DEAI)]);
    post(&mut world, 2, &second).expect("posted");
    for account in ["bob.near", "carol.near", "dave.near", "treasury.near", "nobody.near"] {
        must_fail(challenge(&mut world, 2, wrong_cumulative(&first, &second, account)), "ERR_NOT_WRONG");
    }
}

/// A second batch in which `forge` changed the books, at equal totals.
fn forged(forge: impl FnOnce(&mut Ledger)) -> (World, Trees, Trees) {
    let (mut world, mut books) = deposited();
    let first = books.close(1, many());
    settle(&mut world, 1, &first);
    let honest = books.close(2, vec![receipt(9, "alice", "carol", 4 * DEAI, DEAI)]);
    forge(&mut books);
    let second = books.trees(honest.receipts.leaves.clone());
    post_forged(&mut world, 2, &second);
    (world, first, second)
}

fn move_reward(books: &mut Ledger, from: &str, to: &str, amount: u128) {
    if let Some(entry) = books.rewards.get_mut(from) {
        entry.0 -= amount;
    }
    books.rewards.entry(to.to_string()).or_insert((0, 2)).0 += amount;
}

#[test]
fn a_reward_too_high_or_too_low_by_a_unit() {
    for account in ["carol.near", "dave.near"] {
        let (mut world, first, second) = forged(|books| move_reward(books, "carol.near", "dave.near", 1));
        must_hold(&mut world, 2, wrong_cumulative(&first, &second, account));
    }
}

#[test]
fn a_reward_of_the_treasury_that_is_not_the_fees() {
    let (mut world, first, second) = forged(|books| move_reward(books, "treasury.near", "dave.near", DEAI));
    must_hold(&mut world, 2, wrong_cumulative(&first, &second, "treasury.near"));
}

#[test]
fn a_reward_for_somebody_without_receipts() {
    let (mut world, first, second) = forged(|books| move_reward(books, "carol.near", "mallory.near", DEAI));
    must_hold(&mut world, 2, wrong_cumulative(&first, &second, "mallory.near"));
}

#[test]
fn a_reward_left_out_of_the_tree() {
    let (mut world, first, second) = forged(|books| {
        let (lost, _) = books.rewards.remove("bob.near").expect("there");
        books.rewards.get_mut("carol.near").expect("there").0 += lost;
    });
    must_hold(&mut world, 2, wrong_cumulative(&first, &second, "bob.near"));
}

#[test]
fn a_reward_with_another_first_batch() {
    let (mut world, first, second) = forged(|books| books.rewards.get_mut("bob.near").expect("there").1 = 2);
    must_hold(&mut world, 2, wrong_cumulative(&first, &second, "bob.near"));
}

#[test]
fn a_part_of_the_receipts_proves_too_little_and_never_too_much() {
    let (mut world, mut books) = deposited();
    let trees = books.close(1, many());
    post(&mut world, 1, &trees).expect("posted");
    let part = |first: usize, last: usize, before: Option<usize>, after: Option<usize>| Proof::WrongCumulative {
        account: "bob.near".to_string(),
        previous: Presence::Absent(Gap { before: None, after: None }),
        current: presence(&trees.rewards, "bob.near"),
        receipts: Box::new(ReceiptRange::Between {
            first: Box::new(trees.receipts.item(first)),
            last: Box::new(trees.receipts.item(last)),
            before: before.map(|index| Box::new(trees.receipts.item(index))),
            after: after.map(|index| Box::new(trees.receipts.item(index))),
        }),
    };
    for (first, last, before, after) in
        [(1, 1, None, None), (1, 2, Some(0), Some(3)), (0, 1, None, Some(2)), (0, 1, None, Some(3))]
    {
        must_fail(challenge(&mut world, 1, part(first, last, before, after)), "ERR_NOT_WRONG");
    }
    must_fail(challenge(&mut world, 1, part(2, 0, None, None)), "ERR_PROOF");
    must_fail(challenge(&mut world, 1, part(0, 3, None, None)), "ERR_PROOF");
}

#[test]
fn proofs_of_another_account_or_batch_are_refused() {
    let (mut world, mut books) = deposited();
    let first = books.close(1, many());
    settle(&mut world, 1, &first);
    let second = books.close(2, vec![receipt(9, "alice", "carol", 4 * DEAI, DEAI)]);
    post(&mut world, 2, &second).expect("posted");
    let Proof::WrongCumulative { previous, current, receipts, .. } = wrong_cumulative(&first, &second, "carol.near") else {
        return;
    };
    let proof = |account: &str, previous: &Presence<RewardsLeaf>, current: &Presence<RewardsLeaf>| Proof::WrongCumulative {
        account: account.to_string(),
        previous: previous.clone(),
        current: current.clone(),
        receipts: receipts.clone(),
    };
    must_fail(challenge(&mut world, 2, proof("bob.near", &previous, &current)), "ERR_PROOF");
    must_fail(challenge(&mut world, 2, proof("carol.near", &current, &current)), "ERR_PROOF");
    must_fail(challenge(&mut world, 2, proof("carol.near", &previous, &previous)), "ERR_PROOF");
}

#[test]
fn a_charge_that_shrank() {
    let (mut world, mut books) = deposited();
    world.send("carol", 100 * DEAI, json!({ "deposit": {} })).expect("deposited");
    let first = books.close(1, vec![receipt(1, "alice", "bob", 9 * DEAI, 0), receipt(2, "carol", "bob", 9 * DEAI, 0)]);
    settle(&mut world, 1, &first);
    let honest = books.close(2, vec![receipt(3, "alice", "bob", DEAI, 0)]);
    *books.charges.get_mut("carol.near").expect("there") -= DEAI;
    *books.charges.get_mut("alice.near").expect("there") += DEAI;
    let second = books.trees(honest.receipts.leaves.clone());
    post_forged(&mut world, 2, &second);
    let lowered = |index: usize| Proof::LoweredCharge {
        previous: first.charges.item(index),
        current: Presence::Present(second.charges.item(index)),
    };
    must_fail(challenge(&mut world, 2, lowered(0)), "ERR_NOT_WRONG");
    must_hold(&mut world, 2, lowered(1));
    let gone = books.charges.remove("carol.near").expect("there");
    *books.charges.get_mut("alice.near").expect("there") += gone;
    let third = books.trees(honest.receipts.leaves.clone());
    post_forged(&mut world, 3, &third);
    let left_out =
        Proof::LoweredCharge { previous: first.charges.item(1), current: Presence::Absent(third.charges.gap("carol.near")) };
    must_hold(&mut world, 3, left_out);
}

#[test]
fn leaves_out_of_order_in_any_tree() {
    let (mut world, mut books) = deposited();
    let honest = books.close(1, many());
    let mut number = 1;
    let mut swapped = honest.clone();
    let mut leaves = honest.receipts.leaves.clone();
    leaves.swap(2, 3);
    swapped.receipts = SumTree::new(leaves);
    post_forged(&mut world, number, &swapped);
    let pair = |tree: &SumTree<WorkReceipt>, at: usize| {
        Proof::Disorder(Neighbours::Receipts(Box::new([tree.item(at), tree.item(at + 1)])))
    };
    must_fail(challenge(&mut world, number, pair(&swapped.receipts, 0)), "ERR_NOT_WRONG");
    let apart = Proof::Disorder(Neighbours::Receipts(Box::new([swapped.receipts.item(2), swapped.receipts.item(4)])));
    must_fail(challenge(&mut world, number, apart), "ERR_PROOF");
    must_hold(&mut world, number, pair(&swapped.receipts, 2));

    number += 1;
    let mut twice = honest.clone();
    let mut leaves = honest.charges.leaves.clone();
    let half = leaves[0].cumulative.0 / 2;
    let total = leaves[0].cumulative.0;
    leaves = vec![
        ChargesLeaf { account: "alice.near".to_string(), cumulative: U128(half) },
        ChargesLeaf { account: "alice.near".to_string(), cumulative: U128(total - half) },
    ];
    twice.charges = SumTree::new(leaves);
    post_forged(&mut world, number, &twice);
    let items: [Item<ChargesLeaf>; 2] = [twice.charges.item(0), twice.charges.item(1)];
    must_hold(&mut world, number, Proof::Disorder(Neighbours::Charges(items)));

    number += 1;
    let mut turned = honest.clone();
    let mut leaves = honest.rewards.leaves.clone();
    leaves.reverse();
    turned.rewards = SumTree::new(leaves);
    post_forged(&mut world, number, &turned);
    let items = [turned.rewards.item(0), turned.rewards.item(1)];
    must_hold(&mut world, number, Proof::Disorder(Neighbours::Rewards(items)));
}

#[test]
fn a_challenge_rejects_later_batches_too_and_costs_at_most_the_bond() {
    let (mut world, mut books) = deposited();
    let mut receipts = many();
    receipts[0] = unsigned(1, "alice", "bob", DEAI, 0);
    let first = books.close(1, receipts);
    post_forged(&mut world, 1, &first);
    let second = books.close(2, vec![receipt(9, "alice", "bob", DEAI, 0)]);
    post_forged(&mut world, 2, &second);
    let bad = first.receipts.leaves.iter().position(|leaf| !leaf_is_signed(&mut world, leaf)).expect("there");
    must_hold(&mut world, 1, Proof::BadSignature(Box::new(first.receipts.item(bad))));
    must_fail(world.call("watcher", |contract| contract.finalize_batch(2)), "ERR_REJECTED");
    world.wait(HOUR);
    let funds = world.view(|contract| contract.funds());
    assert_eq!((funds.bond.0, funds.balances.0, funds.rewards.0), (60 * DEAI, 20 * DEAI, 0));
}

fn leaf_is_signed(world: &mut World, leaf: &WorkReceipt) -> bool {
    world.view(|_| leaf.is_signed())
}

#[test]
fn proofs_arrive_as_json() {
    let (mut world, mut books) = deposited();
    let mut receipts = many();
    receipts[0] = unsigned(1, "alice", "bob", DEAI, 0);
    let trees = books.close(1, receipts);
    post_forged(&mut world, 1, &trees);
    let proofs = vec![
        wrong_cumulative(&Ledger::default().trees(Vec::new()), &trees, "bob.near"),
        Proof::Disorder(Neighbours::Receipts(Box::new([trees.receipts.item(0), trees.receipts.item(1)]))),
        Proof::Unfunded(trees.charges.item(0)),
    ];
    for proof in proofs {
        let text = near_sdk::serde_json::to_string(&proof).expect("JSON");
        let parsed: Proof = near_sdk::serde_json::from_str(&text).expect("the same");
        assert_eq!(near_sdk::serde_json::to_string(&parsed).expect("JSON"), text);
        must_fail(challenge(&mut world, 1, parsed), "ERR_NOT_WRONG");
    }
    let json = json!({ "bad_signature": trees.receipts.item(0) });
    let parsed: Proof = near_sdk::serde_json::from_value(json).expect("a proof");
    must_hold(&mut world, 1, parsed);
}
