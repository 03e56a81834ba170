use crate::{DECIMALS, Token};
use near_contract_standards::fungible_token::core::FungibleTokenCore;
use near_contract_standards::fungible_token::metadata::FungibleTokenMetadataProvider;
use near_contract_standards::fungible_token::resolver::FungibleTokenResolver;
use near_contract_standards::storage_management::StorageManagement;
use near_sdk::json_types::U128;
use near_sdk::test_utils::{VMContextBuilder, get_logs};
use near_sdk::{AccountId, Gas, NearToken, PromiseResult, testing_env};

const SUPPLY: u128 = 1_000_000_000 * 10u128.pow(DECIMALS as u32);

fn id(name: &str) -> AccountId {
    format!("{name}.near").parse().expect("a valid name")
}

fn context(who: &str, deposit: NearToken) -> VMContextBuilder {
    let mut context = VMContextBuilder::new();
    context
        .current_account_id(id("token"))
        .predecessor_account_id(id(who))
        .attached_deposit(deposit)
        .prepaid_gas(Gas::from_tgas(300));
    context
}

fn enter(who: &str, deposit: NearToken) {
    testing_env!(context(who, deposit).build());
}

fn token() -> Token {
    enter("owner", NearToken::from_yoctonear(0));
    Token::new(id("owner"), U128(SUPPLY))
}

fn register(token: &mut Token, who: &str) {
    enter(who, token.storage_balance_bounds().min);
    token.storage_deposit(None, None);
}

#[test]
fn the_whole_supply_is_minted_to_the_owner_with_an_event() {
    let token = token();
    assert!(get_logs()[0].contains("\"standard\":\"nep141\"") && get_logs()[0].contains("ft_mint"));
    assert_eq!(token.ft_total_supply().0, SUPPLY);
    assert_eq!(token.ft_balance_of(id("owner")).0, SUPPLY);
    let metadata = token.ft_metadata();
    assert_eq!((metadata.symbol.as_str(), metadata.decimals), ("DEAI", 24));
    metadata.assert_valid();
}

#[test]
#[should_panic(expected = "ERR_SUPPLY")]
fn an_empty_supply_is_refused() {
    enter("owner", NearToken::from_yoctonear(0));
    Token::new(id("owner"), U128(0));
}

#[test]
fn tokens_move_between_registered_accounts() {
    let mut token = token();
    register(&mut token, "alice");
    enter("owner", NearToken::from_yoctonear(1));
    token.ft_transfer(id("alice"), U128(5), None);
    assert!(get_logs()[0].contains("ft_transfer"));
    assert_eq!((token.ft_balance_of(id("alice")).0, token.ft_balance_of(id("owner")).0), (5, SUPPLY - 5));
    assert_eq!(token.ft_total_supply().0, SUPPLY);
}

#[test]
#[should_panic(expected = "not registered")]
fn a_transfer_to_a_stranger_is_refused() {
    let mut token = token();
    enter("owner", NearToken::from_yoctonear(1));
    token.ft_transfer(id("stranger"), U128(5), None);
}

#[test]
#[should_panic(expected = "1 yoctoNEAR")]
fn a_transfer_needs_a_yocto() {
    let mut token = token();
    register(&mut token, "alice");
    enter("owner", NearToken::from_yoctonear(0));
    token.ft_transfer(id("alice"), U128(5), None);
}

#[test]
fn what_a_receiver_does_not_use_returns() {
    let mut token = token();
    register(&mut token, "compute");
    enter("owner", NearToken::from_yoctonear(1));
    token.ft_transfer(id("compute"), U128(100), None);
    let resolve = |token: &mut Token, result: PromiseResult| {
        testing_env!(
            context("token", NearToken::from_yoctonear(0)).build(),
            near_sdk::test_vm_config(),
            near_sdk::RuntimeFeesConfig::test(),
            Default::default(),
            vec![result],
        );
        token.ft_resolve_transfer(id("owner"), id("compute"), U128(60)).0
    };
    assert_eq!(resolve(&mut token, PromiseResult::Successful(b"\"40\"".to_vec())), 20);
    assert_eq!(token.ft_balance_of(id("compute")).0, 60);
    assert_eq!(resolve(&mut token, PromiseResult::Failed), 0);
    assert_eq!(token.ft_balance_of(id("compute")).0, 0);
}

#[test]
fn leaving_with_force_burns_the_balance() {
    let mut token = token();
    register(&mut token, "alice");
    enter("owner", NearToken::from_yoctonear(1));
    token.ft_transfer(id("alice"), U128(5), None);
    enter("alice", NearToken::from_yoctonear(1));
    assert!(token.storage_unregister(Some(true)));
    assert_eq!(get_logs().iter().filter(|log| log.contains("ft_burn")).count(), 1);
    assert_eq!(token.ft_total_supply().0, SUPPLY - 5);
    assert!(token.storage_balance_of(id("alice")).is_none());
    enter("alice", NearToken::from_yoctonear(1));
    assert!(!token.storage_unregister(None));
}
