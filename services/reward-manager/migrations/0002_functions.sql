-- The ledger's write interface. Other services call these functions inside their own statements, so that a state change and its
-- money commit together. All of them lock in one order: new accounts first, by owner; then existing accounts by descending id, which
-- takes the network's own accounts, shared by everybody, last and so holds them shortest.
-- Inside one transaction call at most one of them; several may deadlock with another transaction (40P01: run it again).

create function ledger.is_amount(amount numeric) returns boolean language sql immutable parallel safe
return coalesce(amount >= 0 and amount < 1e60 and amount = trunc(amount), false);

-- requests: [{"owner": uuid, "amount": "123", "tasks": 1}, …] in order of arrival; `idx` counts them from 0.
create function ledger.place_holds(requests jsonb)
returns table (idx integer, ok boolean, reason text, journal_id bigint) language plpgsql as $$
#variable_conflict use_column
declare
  owners uuid[]; amounts numeric[]; counts integer[]; size integer; valid boolean;
  -- One element an owner with accounts, ordered by owner.
  payers uuid[]; available_ids bigint[]; held_ids bigint[]; remaining numeric[]; totals numeric[]; tallies integer[];
  covered boolean;
  granted boolean[]; reasons text[];
  request record;
  payer integer := 1;
  journal bigint;
begin
  select array_agg(r.owner), array_agg(r.amount), array_agg(coalesce(r.tasks, 1)), count(*),
    bool_and(ledger.is_amount(r.amount) and coalesce(r.tasks, 1) >= 0)
  into owners, amounts, counts, size, valid
  from jsonb_to_recordset(requests) as r(owner uuid, amount numeric, tasks integer);
  if coalesce(size, 0) = 0 then
    return;
  end if;
  if not valid then
    raise exception 'a hold must be a whole, non-negative amount for a non-negative number of tasks' using errcode = 'DL001';
  end if;

  select array_agg(p.owner_id order by p.owner_id), array_agg(p.available_id order by p.owner_id),
    array_agg(p.held_id order by p.owner_id), array_agg(p.balance order by p.owner_id),
    array_agg(p.total order by p.owner_id), array_agg(p.tally order by p.owner_id), coalesce(bool_and(p.total <= p.balance), false)
  into payers, available_ids, held_ids, remaining, totals, tallies, covered
  from (
    select l.owner_id, max(l.id) filter (where l.type = 'available') as available_id, max(l.id) filter (where l.type = 'held') as held_id,
      max(l.balance) filter (where l.type = 'available') as balance, max(l.total) as total, max(l.tally) as tally
    from (
      select a.id, a.owner_id, a.type, a.balance, w.total, w.tally
      from (select o.owner, sum(o.amount) as total, sum(o.tasks)::integer as tally
            from unnest(owners, amounts, counts) as o(owner, amount, tasks) group by o.owner) w
      join ledger.account a on a.owner_id = w.owner and a.type in ('available', 'held')
      order by a.id desc
      for no key update of a
    ) l
    group by l.owner_id
    having count(*) = 2
  ) p;

  granted := array_fill(true, array[size]);
  reasons := array_fill(null::text, array[size]);
  -- Everything is granted when every owner's total is covered and no owner is missing; only otherwise does the order matter.
  if not covered or (select count(distinct o) <> cardinality(payers) or bool_or(o is null) from unnest(owners) o) then
    for request in
      select r.n::integer, r.owner, r.amount, r.tasks from unnest(owners, amounts, counts) with ordinality as r(owner, amount, tasks, n)
      order by r.owner, r.n
    loop
      -- Both sides are ordered by owner, so one pass joins them whatever joins the session's planner may use.
      while payer <= cardinality(payers) and payers[payer] < request.owner loop
        payer := payer + 1;
      end loop;
      if payers[payer] is distinct from request.owner or request.owner is null then
        granted[request.n] := false;
        reasons[request.n] := 'no_account';
      elsif request.amount <= remaining[payer] then
        remaining[payer] := remaining[payer] - request.amount;
      else
        granted[request.n] := false;
        reasons[request.n] := 'insufficient_funds';
        totals[payer] := totals[payer] - request.amount;
        tallies[payer] := tallies[payer] - request.tasks;
      end if;
    end loop;
  end if;

  if exists (select from unnest(totals) t where t > 0) then
    insert into ledger.journal (reason, tasks)
    select 'hold', sum(t.tally) from unnest(totals, tallies) as t(total, tally) where t.total > 0
    returning id into journal;
    insert into ledger.entry (journal_id, account_id, amount, tasks, reason)
    select journal, m.id, m.amount, m.tally, 'hold'
    from unnest(available_ids || held_ids, (select array_agg(-t order by n) from unnest(totals) with ordinality u(t, n)) || totals,
      tallies || tallies) as m(id, amount, tally)
    where m.amount <> 0;
  end if;
  return query
    select g.n::integer - 1, g.granted, g.reason, case when g.granted then journal end
    from unnest(granted, reasons) with ordinality as g(granted, reason, n);
end $$;

-- settlements: [{"requester": uuid, "operator": uuid|null, "hold": "..", "reward": "..", "fee": "..", "tasks": 1}, …]
create function ledger.settle(settlements jsonb, reason text) returns bigint language plpgsql as $$
#variable_conflict use_column
declare
  fees_account constant bigint := 2;
  size integer; valid boolean; total_tasks integer;
  owners uuid[]; types text[]; amounts numeric[]; tallies integer[];
  ids bigint[]; moved numeric[]; counted integer[]; overdrawn boolean;
  journal bigint;
begin
  with s as materialized (
    select r.requester, r.operator, r.hold, coalesce(r.reward, 0) as reward, coalesce(r.fee, 0) as fee, coalesce(r.tasks, 1) as tasks
    from jsonb_to_recordset(settlements) as r(requester uuid, operator uuid, hold numeric, reward numeric, fee numeric, tasks integer)
  ), checked as (
    select count(*) as size, sum(s.tasks)::integer as tasks,
      bool_and(ledger.is_amount(s.hold) and ledger.is_amount(s.reward) and ledger.is_amount(s.fee) and s.tasks >= 0
        and s.reward + s.fee <= s.hold and s.requester is not null and (s.reward = 0 or s.operator is not null)) as valid
    from s
  ), moves as (
    select s.requester as owner, 'held' as type, -sum(s.hold) as amount, sum(s.tasks)::integer as tasks from s group by s.requester
    union all select s.requester, 'available', sum(s.hold - s.reward - s.fee), sum(s.tasks)::integer from s group by s.requester
    union all select s.operator, 'earned', sum(s.reward), sum(s.tasks)::integer from s where s.operator is not null group by s.operator
    union all select null, 'fees', sum(s.fee), sum(s.tasks)::integer from s
  )
  select c.size, c.valid, c.tasks, m.owners, m.types, m.amounts, m.tallies
  into size, valid, total_tasks, owners, types, amounts, tallies
  from checked c, (
    select array_agg(owner) as owners, array_agg(type) as types, array_agg(amount) as amounts, array_agg(tasks) as tallies
    from moves where amount <> 0
  ) m;
  if size = 0 then
    return null;
  end if;
  if not valid then
    raise exception 'a settlement needs a requester, whole non-negative amounts, reward + fee within the hold, and an operator for a reward'
      using errcode = 'DL001';
  end if;
  if reason not in ('completion', 'failure', 'cancellation') or reason is null then
    raise exception 'holds are settled by completion, failure or cancellation, not by %', reason using errcode = 'DL001';
  end if;

  insert into ledger.account (owner_id, type)
  select m.owner, 'earned' from unnest(owners, types) as m(owner, type)
  where m.type = 'earned' and not exists (select from ledger.account a where a.owner_id = m.owner and a.type = 'earned')
  order by m.owner
  on conflict do nothing;

  select array_agg(l.id), array_agg(l.amount), array_agg(l.tasks), coalesce(bool_or(l.type <> 'issuance' and l.balance + l.amount < 0), false)
  into ids, moved, counted, overdrawn
  from (
    select a.id, a.type, a.balance, m.amount, m.tasks
    from (
      select o.amount, o.tasks, case o.type when 'fees' then fees_account else
        (select a.id from ledger.account a where a.owner_id = o.owner and a.type = o.type) end as id
      from unnest(owners, types, amounts, tallies) as o(owner, type, amount, tasks)
      offset 0
    ) m
    join ledger.account a on a.id = m.id
    order by a.id desc
    for no key update of a
  ) l;
  if overdrawn or cardinality(ids) is distinct from cardinality(owners) then
    raise exception 'a settlement releases more than is held' using errcode = 'DL001';
  end if;

  insert into ledger.journal (reason, tasks) values (settle.reason, total_tasks) returning id into journal;
  insert into ledger.entry (journal_id, account_id, amount, tasks, reason)
  select journal, m.id, m.amount, m.tasks, settle.reason from unnest(ids, moved, counted) as m(id, amount, tasks);
  return journal;
end $$;

-- Credits an owner's available account from the issuance, once a key: false, and no change, when the key was used before.
create function ledger.grant_credit(owner uuid, amount numeric, grant_key text) returns boolean language plpgsql as $$
declare
  issuance_account constant bigint := 1;
  available bigint;
  journal bigint;
begin
  if not ledger.is_amount(amount) or amount = 0 or grant_key is null then
    raise exception 'a grant needs a whole, positive amount and a key' using errcode = 'DL001';
  end if;
  select a.id into available from ledger.account a where a.owner_id = owner and a.type = 'available';
  if available is null then
    raise exception 'the owner has no account' using errcode = 'DL004';
  end if;
  insert into ledger.journal (reason, tasks, key) values ('grant', 0, grant_key) on conflict (key) do nothing returning id into journal;
  if journal is null then
    return false;
  end if;
  perform from ledger.account a where a.id in (available, issuance_account) order by a.id desc for no key update;
  insert into ledger.entry (journal_id, account_id, amount, tasks, reason)
  values (journal, available, grant_credit.amount, 0, 'grant'), (journal, issuance_account, -grant_credit.amount, 0, 'grant');
  return true;
end $$;

-- Opens an owner's accounts and grants the starting credit with them. False, and no change, when they were open.
create function ledger.open_account(owner uuid, starting_credit numeric) returns boolean language plpgsql as $$
declare
  opened boolean;
begin
  if owner is null or not ledger.is_amount(starting_credit) then
    raise exception 'an account needs an owner and a whole, non-negative starting credit' using errcode = 'DL001';
  end if;
  -- The second of two that open at once waits here for the first to commit, and then finds nothing to do.
  with added as (
    insert into ledger.account (owner_id, type) values (owner, 'available'), (owner, 'held'), (owner, 'earned')
    on conflict do nothing
    returning type
  )
  select exists (select from added where type = 'available') into opened;
  if opened and starting_credit > 0 then
    perform ledger.grant_credit(owner, starting_credit, 'opening:' || owner);
  end if;
  return opened;
end $$;
