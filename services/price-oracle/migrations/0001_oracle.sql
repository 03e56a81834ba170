create schema if not exists oracle;

-- The medians that were accepted, one an interval whichever instance reads: `slot` is the start of the interval in which it was, `at`
-- when the oldest of its sources was true (so it may go back), `usd` the price of one whole token, `sources` what each source said.
create table oracle.price (
  slot timestamptz primary key,
  at timestamptz not null,
  usd numeric(48, 18) not null check (usd > 0),
  sources jsonb not null
);
