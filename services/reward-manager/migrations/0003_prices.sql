-- Price lists are never changed: a new one is a new version, complete once the transaction that inserts it commits.
create table ledger.price_list (
  version integer generated always as identity primary key,
  at timestamptz not null default now(),
  low_bps integer not null check (low_bps > 0),
  normal_bps integer not null check (normal_bps > 0),
  high_bps integer not null check (high_bps > 0),
  fee_bps integer not null check (fee_bps between 0 and 10000)
);

-- `model` '*' stands for every model of the kind without a price of its own.
create table ledger.unit_price (
  version integer not null references ledger.price_list,
  kind text not null,
  model text not null,
  unit text not null check (unit in ('token', 'page', 'text', 'second')),
  yocto_per_unit numeric(48, 0) not null check (yocto_per_unit > 0 and yocto_per_unit <> 'NaN'),
  primary key (version, kind, model)
);

create trigger append_only before update or delete or truncate on ledger.price_list
  for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.unit_price
  for each statement execute function ledger.refuse_change();

-- One DEAI (10²⁴ yocto) buys 50 million tokens of embeddings, 5 million of chat, 2,000 pages, a million texts, or 200,000 seconds.
with list as (
  insert into ledger.price_list (low_bps, normal_bps, high_bps, fee_bps) values (8000, 10000, 20000, 500) returning version
)
insert into ledger.unit_price (version, kind, model, unit, yocto_per_unit)
select list.version, p.kind, '*', p.unit, p.yocto from list, (values
  ('embeddings', 'token', 2e16),
  ('chat', 'token', 2e17),
  ('ocr', 'page', 5e20),
  ('language-id', 'text', 1e18),
  ('wasm', 'second', 5e18)
) as p(kind, unit, yocto);
