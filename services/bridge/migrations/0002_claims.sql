-- Claims that the bridge makes for users, whose account is paid. Each is cumulative, so doing one twice pays once. Signed transactions are kept
-- before they are sent, as those of intents are.
create table bridge.claim (
  id uuid primary key,
  user_id uuid not null,
  account text not null,
  idempotency_key text,
  -- What there was to be claimed when it was asked for.
  expected numeric(48, 0) not null,
  state text not null default 'waiting' check (state in ('waiting', 'signed', 'paid', 'failed')),
  tx_hash text,
  tx_bytes text,
  nonce numeric(20, 0),
  attempts integer not null default 0,
  not_before timestamptz not null default now(),
  paid numeric(48, 0),
  error text,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  constraint claim_signed check ((state = 'signed') <= (tx_bytes is not null and tx_hash is not null and nonce is not null)),
  constraint claim_ended check ((state in ('paid', 'failed')) = (ended_at is not null))
);
-- One at a time for an account.
create unique index claim_open on bridge.claim (account) where state in ('waiting', 'signed');
create unique index claim_key on bridge.claim (user_id, idempotency_key) where idempotency_key is not null;
create index claim_of_user on bridge.claim (user_id, id desc);
create index claim_of_account on bridge.claim (account, created_at desc);

alter table bridge.chain_node add column unstaking numeric(48, 0) not null default 0;
create index chain_node_account on bridge.chain_node (account);

-- What happened to an account on chain, as it was seen: its stakes after each change, and the claims that were made for it.
create table bridge.account_event (
  id bigint generated always as identity primary key,
  account text not null,
  at timestamptz not null,
  kind text not null check (kind in ('stake', 'claim')),
  node_key text,
  stake numeric(48, 0),
  unstaking numeric(48, 0),
  paid numeric(48, 0),
  tx_hash text
);
create index account_event_account on bridge.account_event (account, id desc);
