-- Stakes as the contract has them, by the node's key: a node may be staked for before it registers.
create table nodes.stake (
  public_key text primary key,
  account_id text not null,
  stake numeric(60, 0) not null check (stake >= 0 and stake <> 'NaN'),
  -- Of the contract: a state with a lower one is older.
  seq bigint not null
);

-- The least stake that the network asks for, as it was told last; no row before that.
create table nodes.least_stake (
  one boolean primary key default true check (one),
  amount numeric(60, 0) not null check (amount >= 0 and amount <> 'NaN')
);
