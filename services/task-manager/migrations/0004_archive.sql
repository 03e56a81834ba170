-- Partitions that are being archived (archived_at null) or are gone, with what they held.
create table tasks.archived_partition (
  name text primary key,
  first_id uuid not null,
  until_id uuid not null,
  begun_at timestamptz not null default now(),
  archived_at timestamptz
);

-- Where archived tasks are: chunks of whole rows in id order, gzipped NDJSON in the object store. sha256 is that of the text, object_ref the
-- object's key. A chunk is written once all of its object is stored, and never changes.
create table tasks.archive (
  partition text not null,
  chunk integer not null,
  first_id uuid not null,
  last_id uuid not null,
  rows integer not null,
  object_ref text not null,
  sha256 text not null,
  bytes integer not null,
  archived_at timestamptz not null default now(),
  primary key (partition, chunk)
);
-- A look-up takes the last chunks that begin at or before the id. Rows of the default partition may overlap others' ranges.
create index archive_first_id on tasks.archive (first_id, last_id);
create index archive_object on tasks.archive (object_ref);
