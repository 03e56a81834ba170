-- Each entry of the audit log has a number and a hash over its canonical form and the hash before it, so that whoever reads all of them finds one
-- that was changed, removed or put in. Entries of acts that another service does are written before the act, and concluded by a second entry.
alter table auth.audit_entry
  -- Finer times cannot be told to who verifies.
  alter column at type timestamptz(3),
  add column number bigint,
  add column hash text,
  add column outcome text not null default 'done' check (outcome in ('done', 'failed', 'attempted')),
  -- Of the error that an act failed with.
  add column code text,
  -- The entry whose outcome this one tells.
  add column concludes uuid,
  add constraint audit_entry_code check ((outcome = 'failed') = (code is not null)),
  add constraint audit_entry_concludes check (concludes is null or outcome <> 'attempted');
create unique index audit_entry_concludes_key on auth.audit_entry (concludes) where concludes is not null;

-- The two ends of the chain. Who appends holds this row until the commit, so that numbers have no gaps whoever appends.
create table auth.audit_chain (
  one boolean primary key default true check (one),
  -- The oldest number that is kept, and the hash before it: of the last entry that was deleted when it was old.
  first bigint not null default 1,
  anchor text not null default repeat('0', 64),
  last bigint not null default 0,
  head text not null default repeat('0', 64)
);
insert into auth.audit_chain default values;

-- As canonicalJson in packages/protocol: keys in order, no white space. Of an object of scalars, and of objects of scalars, which is what an entry
-- is; recursion would take five times as long. Keys are ASCII.
create function auth.canonical_json(value jsonb) returns text language plpgsql immutable as $$
begin
  return (
    select '{' || string_agg(to_json(o.key)::text || ':' || case
      when jsonb_typeof(o.value) <> 'object' then o.value::text
      else '{' || coalesce((
        select string_agg(to_json(i.key)::text || ':' || i.value::text, ',' order by i.key collate "C") from jsonb_each(o.value) i
      ), '') || '}'
    end, ',' order by o.key collate "C") || '}'
    from jsonb_each(canonical_json.value) o
  );
end $$;

create function auth.audit_hash(entry auth.audit_entry, previous text) returns text language plpgsql immutable as $$
begin
  return encode(sha256(convert_to(auth.canonical_json(jsonb_build_object(
    'number', entry.number,
    'previous', previous,
    'id', entry.id,
    'at', to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'action', entry.action,
    'actorId', entry.actor_id,
    'via', case when entry.via is not null then jsonb_build_object('type', entry.via, 'id', entry.credential_id) end,
    'subject', case when entry.subject_type is not null then jsonb_build_object('type', entry.subject_type, 'id', entry.subject_id) end,
    'details', entry.details,
    'outcome', entry.outcome,
    'code', entry.code,
    'concludes', entry.concludes
  )), 'UTF8')), 'hex');
end $$;

-- What was acted on by other services before now is not known to have succeeded.
alter table auth.audit_entry disable trigger audit_entry_rows;
do $$
declare
  entry auth.audit_entry;
  chain auth.audit_chain;
begin
  select * into chain from auth.audit_chain;
  for entry in select * from auth.audit_entry order by id loop
    chain.last := chain.last + 1;
    entry.number := chain.last;
    if entry.action = 'node.modeChanged' then entry.outcome := 'attempted'; end if;
    chain.head := auth.audit_hash(entry, chain.head);
    update auth.audit_entry set number = entry.number, outcome = entry.outcome, hash = chain.head where id = entry.id;
  end loop;
  update auth.audit_chain set last = chain.last, head = chain.head;
end $$;
alter table auth.audit_entry enable trigger audit_entry_rows;
alter table auth.audit_entry
  alter column number set not null,
  alter column hash set not null,
  add constraint audit_entry_number_key unique (number);

create function auth.chain_audit_entry() returns trigger language plpgsql as $$
declare
  chain auth.audit_chain;
begin
  select * into chain from auth.audit_chain for update;
  new.number := chain.last + 1;
  new.hash := auth.audit_hash(new, chain.head);
  update auth.audit_chain set last = new.number, head = new.hash;
  return new;
end $$;
create trigger audit_entry_chain before insert on auth.audit_entry for each row execute function auth.chain_audit_entry();
