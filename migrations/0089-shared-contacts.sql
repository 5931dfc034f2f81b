-- Contacts of the organisation, which administrators keep for everybody or for some groups.
create table contact_shared (
  -- The nil UUID: they are the installation's.
  owner_id uuid not null,
  id uuid not null,
  -- Whose members see it; null for everybody.
  groups text[],
  card jsonb not null,
  full_name text not null,
  sort_name text not null,
  search text not null,
  emails text[] not null,
  version uuid not null,
  updated_at timestamptz not null default now(),
  primary key (owner_id, id)
);
create index contact_shared_by_name on contact_shared (owner_id, sort_name collate "und-x-icu", id);
create index contact_shared_by_change on contact_shared (owner_id, updated_at desc, id desc);
create index contact_shared_search on contact_shared using gin (owner_id, search gin_trgm_ops);
