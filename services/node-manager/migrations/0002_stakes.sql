-- Stakes as the contract has them, by the node's key: a node may be staked for before it registers, and by several accounts.
create table nodes.stake (
  public_key text not null,
  account_id text not null,
  -- Who proved to hold the account: the stake counts for this operator's nodes. Null for the key's own account, which whoever has the key has.
  operator_id uuid,
  stake numeric(60, 0) not null check (stake >= 0 and stake <> 'NaN'),
  -- Of the contract: a state with a lower one is older.
  seq bigint not null,
  primary key (public_key, account_id)
);

-- The least stake that the network asks for, as it was told last; no row before that.
create table nodes.least_stake (
  one boolean primary key default true check (one),
  amount numeric(60, 0) not null check (amount >= 0 and amount <> 'NaN')
);
