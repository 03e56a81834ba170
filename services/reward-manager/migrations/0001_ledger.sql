create schema if not exists ledger;

-- Amounts are whole yocto-units. Network accounts (no owner) have fixed ids, so that functions need not look them up.
create table ledger.account (
  id bigint generated always as identity (start with 1000) primary key,
  owner_id uuid,
  type text not null check (type in ('available', 'held', 'earned', 'fees', 'issuance')),
  balance numeric(60, 0) not null default 0,
  constraint account_of_owner unique nulls not distinct (owner_id, type),
  constraint account_kind check ((owner_id is null) = (type in ('fees', 'issuance'))),
  -- NaN is greater than every number, so the lower bound alone would let it in.
  constraint account_covered check (balance <> 'NaN' and (balance >= 0 or type = 'issuance'))
) with (fillfactor = 50); -- room on the page for the next versions of balances that change all the time (HOT updates)

insert into ledger.account (id, owner_id, type) overriding system value values (1, null, 'issuance'), (2, null, 'fees');

-- One movement of money. `key` makes a grant happen once.
create table ledger.journal (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  reason text not null check (reason in ('grant', 'hold', 'completion', 'failure', 'cancellation')),
  tasks integer not null check (tasks >= 0),
  key text unique,
  constraint journal_reason unique (id, reason)
);

-- What a journal adds to an account. `tasks` counts this account's tasks in it; `reason` repeats the journal's, for the indexes below.
create table ledger.entry (
  journal_id bigint not null,
  account_id bigint not null references ledger.account,
  amount numeric(60, 0) not null check (amount <> 0 and amount <> 'NaN'),
  tasks integer not null check (tasks >= 0),
  reason text not null,
  primary key (journal_id, account_id),
  constraint entry_of_journal foreign key (journal_id, reason) references ledger.journal (id, reason)
);
-- An account's lines, newest first.
create index entry_of_account on ledger.entry (account_id, journal_id desc);
-- The same of one reason, so that a page of grants does not read through a million holds.
create index entry_of_account_by_reason on ledger.entry (account_id, reason, journal_id desc);

-- Entries are the only way to change a balance: whoever inserts them, they must sum to zero, and the balances follow.
create function ledger.post_entries() returns trigger language plpgsql as $$
begin
  if exists (select from added group by journal_id having sum(amount) <> 0) then
    raise exception 'the entries of a journal must sum to zero' using errcode = 'DL003';
  end if;
  update ledger.account a set balance = a.balance + moved.amount
  from (select account_id, sum(amount) as amount from added group by account_id) moved
  where a.id = moved.account_id;
  return null;
end $$;

create trigger post_entries after insert on ledger.entry
  referencing new table as added for each statement execute function ledger.post_entries();

create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, tg_op using errcode = 'DL002';
end $$;

create trigger append_only before update or delete or truncate on ledger.journal
  for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.entry
  for each statement execute function ledger.refuse_change();
create trigger never_deleted before delete or truncate on ledger.account
  for each statement execute function ledger.refuse_change();

-- An update of an account is legitimate only from inside `post_entries`, one trigger level down; a new account starts empty.
create trigger changed_by_entries before update on ledger.account
  for each statement when (pg_trigger_depth() < 1) execute function ledger.refuse_change();
create trigger opened_empty before insert on ledger.account
  for each row when (new.balance <> 0) execute function ledger.refuse_change();
