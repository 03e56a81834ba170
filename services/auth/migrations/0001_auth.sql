create schema if not exists auth;

create table auth.user_account (
  id uuid primary key,
  email text not null constraint user_account_email_key unique check (email = lower(email)),
  name text,
  password_hash text not null,
  roles text[] not null check (cardinality(roles) > 0 and roles <@ array['requester', 'operator', 'admin']),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- One login and everything refreshed from it: the family that a reused refresh token closes.
create table auth.session (
  id uuid primary key,
  user_id uuid not null references auth.user_account (id) on delete cascade,
  created_at timestamptz not null default now(),
  refreshed_at timestamptz not null default now(),
  expires_at timestamptz not null,
  closed_at timestamptz,
  closed_reason text check (closed_reason in ('logout', 'reuse')),
  check ((closed_at is null) = (closed_reason is null))
);
create index session_user_id_idx on auth.session (user_id);
create index session_expires_at_idx on auth.session (expires_at);

-- Used tokens stay until they expire: that is how reuse is told from an unknown token.
create table auth.refresh_token (
  hash bytea primary key check (octet_length(hash) = 32),
  session_id uuid not null references auth.session (id) on delete cascade,
  issued_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index refresh_token_session_id_idx on auth.refresh_token (session_id);
create index refresh_token_expires_at_idx on auth.refresh_token (expires_at);

create table auth.api_key (
  id uuid primary key,
  user_id uuid not null references auth.user_account (id) on delete cascade,
  name text not null,
  hash bytea not null unique check (octet_length(hash) = 32),
  prefix text not null,
  scopes text[] not null check (cardinality(scopes) > 0),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_key_user_id_idx on auth.api_key (user_id, id);

create table auth.signing_key (
  id uuid primary key,
  public_jwk jsonb not null,
  sealed_private_key bytea not null,
  signs_from timestamptz not null,
  created_at timestamptz not null default now()
);
