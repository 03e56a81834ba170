use crate::{Exchange, SwapAction};
use near_sdk::json_types::U128;
use near_sdk::test_utils::{VMContextBuilder, get_created_receipts};
use near_sdk::{AccountId, NearToken, PromiseResult, testing_env};

const UNIT: u128 = 10u128.pow(24);

fn id(name: &str) -> AccountId {
    format!("{name}.near").parse().expect("a valid name")
}

fn context(who: &str, deposit: NearToken) -> VMContextBuilder {
    let mut context = VMContextBuilder::new();
    context.current_account_id(id("exchange")).predecessor_account_id(id(who)).attached_deposit(deposit);
    context
}

fn enter(who: &str, deposit: NearToken) {
    testing_env!(context(who, deposit).build());
}

fn deposit(exchange: &mut Exchange, token: &str, amount: u128) {
    enter(token, NearToken::from_yoctonear(0));
    let _ = exchange.ft_on_transfer(id("owner"), U128(amount), String::new());
}

/// A pool of 1,000 DEAI and 4,000 USD at 30 basis points.
fn exchange() -> Exchange {
    enter("owner", NearToken::from_millinear(10));
    let mut exchange = Exchange::new(id("owner"), vec![id("deai"), id("usd")]);
    exchange.storage_deposit(None, None);
    assert_eq!(exchange.add_simple_pool(vec![id("deai"), id("usd")], 30), 0);
    deposit(&mut exchange, "deai", 1_000 * UNIT);
    deposit(&mut exchange, "usd", 4_000 * UNIT);
    enter("owner", NearToken::from_millinear(10));
    exchange.add_liquidity(0, vec![U128(1_000 * UNIT), U128(4_000 * UNIT)], None);
    exchange
}

fn action(amount_in: Option<u128>, min: u128) -> SwapAction {
    SwapAction {
        pool_id: 0,
        token_in: id("deai"),
        amount_in: amount_in.map(U128),
        token_out: id("usd"),
        min_amount_out: U128(min),
    }
}

#[test]
fn a_pool_quotes_by_the_constant_product_after_its_fee() {
    let exchange = exchange();
    let pool = exchange.get_pool(0);
    assert_eq!((pool.pool_kind.as_str(), pool.total_fee, pool.amounts[1].0), ("SIMPLE_POOL", 30, 4_000 * UNIT));
    let out = exchange.get_return(0, id("deai"), U128(10 * UNIT), id("usd")).0;
    // 4000 · 9.97 / (1000 + 9.97) = 39.4863…
    assert_eq!(out / 10u128.pow(20), 394_863);
    assert_eq!(exchange.get_whitelisted_tokens().len(), 2);
    assert_eq!(exchange.get_number_of_pools(), 1);
}

#[test]
fn a_swap_within_deposits_keeps_every_token() {
    let mut exchange = exchange();
    deposit(&mut exchange, "deai", 10 * UNIT);
    enter("owner", NearToken::from_yoctonear(1));
    let out = exchange.swap(vec![action(Some(10 * UNIT), 39 * UNIT)], None).0;
    let deposits = exchange.get_deposits(id("owner"));
    assert_eq!((deposits[&id("deai")].0, deposits[&id("usd")].0), (0, out));
    assert_eq!(exchange.get_pool(0).amounts, vec![U128(1_010 * UNIT), U128(4_000 * UNIT - out)]);
}

#[test]
fn a_transfer_with_actions_sends_the_result_to_its_sender() {
    let mut exchange = exchange();
    enter("deai", NearToken::from_yoctonear(0));
    let msg = r#"{"actions":[{"pool_id":0,"token_in":"deai.near","token_out":"usd.near","min_amount_out":"39"}]}"#;
    let _ = exchange.ft_on_transfer(id("alice"), U128(10 * UNIT), msg.to_string());
    let receipts = get_created_receipts();
    assert_eq!(receipts[0].receiver_id, id("usd"));
}

#[test]
#[should_panic(expected = "E68: slippage error")]
fn a_swap_below_the_least_amount_is_refused() {
    let mut exchange = exchange();
    deposit(&mut exchange, "deai", 10 * UNIT);
    enter("owner", NearToken::from_yoctonear(1));
    exchange.swap(vec![action(Some(10 * UNIT), 40 * UNIT)], None);
}

#[test]
#[should_panic(expected = "E12: token not whitelisted")]
fn a_strange_token_is_refused() {
    let mut exchange = exchange();
    deposit(&mut exchange, "strange", UNIT);
}

#[test]
fn a_failed_send_returns_to_a_registered_account_and_is_lost_for_others() {
    let mut exchange = exchange();
    for (name, kept) in [("owner", Some(7)), ("alice", None)] {
        testing_env!(
            context("exchange", NearToken::from_yoctonear(0)).build(),
            near_sdk::test_vm_config(),
            near_sdk::RuntimeFeesConfig::test(),
            Default::default(),
            vec![PromiseResult::Failed],
        );
        assert!(!exchange.on_sent(id(name), id("usd"), U128(7)));
        assert_eq!(exchange.get_deposits(id(name)).get(&id("usd")).map(|amount| amount.0), kept);
    }
}
