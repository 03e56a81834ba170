-- What users deposited in the settlement contract, to spend here. `escrow` is the counter-side: below zero by what lies in the contract.
alter table ledger.account drop constraint account_type_check, drop constraint account_kind, drop constraint account_covered;
alter table ledger.account
  add constraint account_type_check check (type in ('available', 'held', 'earned', 'fees', 'issuance', 'escrow')),
  add constraint account_kind check ((owner_id is null) = (type in ('fees', 'issuance', 'escrow'))),
  add constraint account_covered check (balance <> 'NaN' and (balance >= 0 or type in ('issuance', 'escrow')));
insert into ledger.account (id, owner_id, type) overriding system value values (3, null, 'escrow');

alter table ledger.journal drop constraint journal_reason_check;
alter table ledger.journal add constraint journal_reason_check
  check (reason in ('grant', 'hold', 'completion', 'failure', 'cancellation', 'deposit', 'withdrawal'));
drop index ledger.entry_of_rare_reason;
create index entry_of_rare_reason on ledger.entry (account_id, reason, journal_id desc)
  where reason in ('grant', 'failure', 'cancellation', 'deposit', 'withdrawal');

-- What of a NEAR account's deposit is booked to whom. What was booked stays with its owner when the account comes to another one: only what
-- is deposited from then on is the new owner's, so nothing is credited twice. To move it, take it back from the old owner first (net 0).
-- `owed`: what the owner asked back and had not available; the sum of `booked` of an account is what was given last plus what is owed.
create table ledger.deposit (
  account_id text not null check (account_id <> ''),
  owner_id uuid not null,
  booked numeric(60, 0) not null check (booked >= 0 and booked <> 'NaN'),
  owed numeric(60, 0) not null default 0 check (owed >= 0 and owed <> 'NaN'),
  primary key (account_id, owner_id)
);

-- deposits: [{"owner": uuid, "account": "alice.near", "net": "123"}, …], worked through in this order. `net` is cumulative, so a call that is
-- repeated changes nothing. Up: a deposit to the owner's available. Down: a withdrawal of what is available, from the owner first, then from
-- those who had the account before; the rest is owed, by the owner, until a later call finds it available or the net has risen again.
-- Answers what owners of these accounts owe.
create function ledger.sync_deposits(deposits jsonb) returns table (owner uuid, owed numeric) language plpgsql as $$
#variable_conflict use_column
declare
  escrow_account constant bigint := 3;
  state record;
  share record;
  known numeric;
  missing numeric;
begin
  if exists (
    select from jsonb_to_recordset(deposits) as d(owner uuid, account text, net numeric)
    where d.owner is null or coalesce(d.account, '') = '' or not ledger.is_amount(d.net)
  ) then
    raise exception 'a deposit needs an owner, an account and a whole, non-negative amount' using errcode = 'DL001';
  end if;
  -- One call at a time: another one could book the same difference, or add an owner whose balance is not locked below. Nobody else writes
  -- this table, and it is locked before all accounts, so no deadlock comes of it.
  lock table ledger.deposit in share row exclusive mode;

  insert into ledger.account (owner_id, type)
  select d.owner, t.type
  from (select distinct d.owner from jsonb_to_recordset(deposits) as d(owner uuid)) d,
    unnest(array['available', 'held', 'earned']) with ordinality as t(type, n)
  where not exists (select from ledger.account a where a.owner_id = d.owner and a.type = t.type)
  order by d.owner, t.n
  on conflict do nothing;
  perform from ledger.account a
  where a.id = escrow_account or (a.type = 'available' and a.owner_id in (
    select d.owner from jsonb_to_recordset(deposits) as d(owner uuid)
    union select p.owner_id from ledger.deposit p
    where p.account_id in (select d.account from jsonb_to_recordset(deposits) as d(account text))
  ))
  order by a.id desc
  for no key update;

  for state in select d.owner, d.account, d.net from jsonb_to_recordset(deposits) as d(owner uuid, account text, net numeric) loop
    select coalesce(sum(p.booked), 0) into known from ledger.deposit p where p.account_id = state.account;
    if state.net > known then
      perform ledger.post_deposit(state.owner, state.account, state.net - known);
    end if;
    missing := greatest(known - state.net, 0);
    for share in
      select p.owner_id, least(p.booked, a.balance) as free
      from ledger.deposit p join ledger.account a on a.owner_id = p.owner_id and a.type = 'available'
      where p.account_id = state.account and missing > 0
      order by p.owner_id <> state.owner, p.owner_id
    loop
      if least(share.free, missing) > 0 then
        perform ledger.post_deposit(share.owner_id, state.account, -least(share.free, missing));
        missing := missing - least(share.free, missing);
      end if;
    end loop;
    update ledger.deposit p set owed = case when p.owner_id = state.owner then missing else 0 end
    where p.account_id = state.account and p.owed <> case when p.owner_id = state.owner then missing else 0 end;
    if missing > 0 then
      insert into ledger.deposit (account_id, owner_id, booked, owed) values (state.account, state.owner, 0, missing) on conflict do nothing;
    end if;
  end loop;

  return query
    select p.owner_id, sum(p.owed) from ledger.deposit p
    where p.owed > 0 and p.account_id in (select d.account from jsonb_to_recordset(deposits) as d(account text))
    group by p.owner_id order by p.owner_id;
end $$;

-- Books a change of a deposit; the caller holds the locks.
create function ledger.post_deposit(owner uuid, account text, amount numeric) returns void language plpgsql as $$
declare
  escrow_account constant bigint := 3;
  why constant text := case when amount > 0 then 'deposit' else 'withdrawal' end;
  available bigint;
  journal bigint;
begin
  select a.id into strict available from ledger.account a where a.owner_id = owner and a.type = 'available';
  insert into ledger.journal (reason, tasks) values (why, 0) returning id into journal;
  insert into ledger.entry (journal_id, account_id, amount, tasks, reason)
  values (journal, available, post_deposit.amount, 0, why), (journal, escrow_account, -post_deposit.amount, 0, why);
  insert into ledger.deposit as d (account_id, owner_id, booked) values (account, owner, greatest(post_deposit.amount, 0))
  on conflict (account_id, owner_id) do update set booked = d.booked + post_deposit.amount;
end $$;
