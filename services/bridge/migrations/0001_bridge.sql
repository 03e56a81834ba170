create schema if not exists bridge;

-- Batches by their number in the contract. A batch that stands builds on one that stands, so two instances cannot both build the next.
create table bridge.batch (
  number bigint primary key check (number > 0),
  previous bigint not null check (previous >= 0 and previous < number),
  state text not null default 'waiting' check (state in ('waiting', 'posted', 'final', 'rejected')),
  -- The last commit of the completion log whose tasks are in it.
  through text not null,
  receipts integer not null check (receipts >= 0),
  reward numeric(48, 0) not null,
  fee numeric(48, 0) not null,
  receipts_hash text not null,
  rewards_hash text not null,
  rewards_sum numeric(48, 0) not null,
  charges_hash text not null,
  charges_sum numeric(48, 0) not null,
  -- Where the leaves of its trees lie in the object store.
  object_key text not null,
  built_at timestamptz not null,
  posted_at timestamptz,
  final_from timestamptz,
  final_at timestamptz,
  -- The number of the batch whose rejection took this one along, its own or an earlier one.
  rejected_with bigint,
  rejected_at timestamptz,
  constraint batch_totals check (reward >= 0 and fee >= 0 and rewards_sum = charges_sum)
);
create unique index batch_standing on bridge.batch (previous) where state <> 'rejected';
create index batch_open on bridge.batch (number) where state in ('waiting', 'posted');

-- What accounts earned and were charged in all batches that stand.
create table bridge.total (
  account text primary key,
  earned numeric(48, 0) not null default 0 check (earned >= 0),
  charged numeric(48, 0) not null default 0 check (charged >= 0),
  -- The batch in which it first earned; null while it has not.
  first_batch bigint,
  -- Listed in the charges tree also at zero, for good: the account has deposited.
  depositor boolean not null default false
);
-- What a batch that is not final added, to be taken back if it is rejected.
create table bridge.delta (
  number bigint not null references bridge.batch on delete cascade,
  account text not null,
  earned numeric(48, 0) not null,
  charged numeric(48, 0) not null,
  primary key (number, account)
);

-- In which batch a task was settled, and at which leaf. A task of a rejected batch comes again in a later one.
create table bridge.receipt (
  task_id uuid primary key,
  number bigint not null,
  position integer not null
);
-- Written batch by batch, so a few pages tell where a batch begins.
create index receipt_number on bridge.receipt using brin (number);

-- What is to happen on chain, in this order, one after the other. Signed transactions are kept before they are sent: sending the same bytes
-- again has no second effect, and an intent that is signed anew can be done once only, because the contract counts batches.
create table bridge.intent (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('post', 'finalize', 'prune')),
  number bigint not null,
  state text not null default 'waiting' check (state in ('waiting', 'signed', 'done')),
  tx_hash text,
  tx_bytes text,
  nonce numeric(20, 0),
  attempts integer not null default 0,
  not_before timestamptz not null default now(),
  error text,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  unique (kind, number),
  constraint intent_signed check ((state = 'signed') <= (tx_bytes is not null and tx_hash is not null and nonce is not null))
);
create index intent_open on bridge.intent (id) where state <> 'done';

-- The contract as it was last seen. `seq` is the contract's number of the change; `told` says whether the network knows it.
create table bridge.followed (
  one boolean primary key default true check (one),
  seq bigint not null
);
insert into bridge.followed (seq) values (0);
create table bridge.chain_account (
  account text primary key,
  escrow numeric(48, 0) not null,
  requested numeric(48, 0) not null,
  -- When the present request was first seen.
  requested_at timestamptz,
  seq bigint not null,
  told boolean not null default false,
  -- Counts what made it worth telling: a change, a link. Whoever told an older one has not told this.
  version bigint not null default 0
);
create index chain_account_untold on bridge.chain_account (account) where not told;
create index chain_account_requested on bridge.chain_account (requested_at) where requested_at is not null;
create table bridge.chain_node (
  account text not null,
  node_key text not null,
  stake numeric(48, 0) not null,
  seq bigint not null,
  told boolean not null default false,
  version bigint not null default 0,
  primary key (node_key, account)
);
create index chain_node_untold on bridge.chain_node (node_key) where not told;

-- NEAR accounts that users proved to hold.
create table bridge.link (
  user_id uuid primary key,
  account text not null unique,
  linked_at timestamptz not null default now()
);
-- Accounts that a user had linked and gave up, until the ledger was told.
create table bridge.unlinked (
  user_id uuid not null,
  account text not null,
  primary key (user_id, account)
);
