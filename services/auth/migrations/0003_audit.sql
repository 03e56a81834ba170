-- Who did what to what, and when. Entries are added in the transaction of what they tell, and never changed.
create table auth.audit_entry (
  -- A UUIDv7: entries sort, page and age by it.
  id uuid primary key,
  at timestamptz not null,
  action text not null,
  -- No references: entries outlive what they speak of.
  actor_id uuid,
  via text check (via in ('session', 'api-key')),
  credential_id uuid,
  subject_type text,
  subject_id uuid,
  details jsonb not null default '{}',
  check ((via is null) = (credential_id is null)),
  check ((subject_type is null) = (subject_id is null))
);
create index audit_entry_actor_idx on auth.audit_entry (actor_id, id);
create index audit_entry_subject_idx on auth.audit_entry (subject_id, id);
create index audit_entry_action_idx on auth.audit_entry (action, id);

-- Thirty days are the least that DEAI_AUTH_AUDIT_DAYS allows.
create function auth.keep_audit_entry() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and old.at < now() - interval '30 days' then return old; end if;
  raise exception 'auth.audit_entry is append-only' using errcode = 'integrity_constraint_violation';
end $$;
create trigger audit_entry_rows before update or delete on auth.audit_entry for each row execute function auth.keep_audit_entry();
create trigger audit_entry_table before truncate on auth.audit_entry for each statement execute function auth.keep_audit_entry();
