-- What people searched for and keep, and words that look alike.

create extension if not exists pg_trgm;

create table search_saved (
  owner_id uuid not null,
  id uuid not null,
  name text not null,
  q text not null,
  -- Empty for all types.
  types text[] not null default '{}',
  sort text not null default 'date' check (sort in ('date', 'relevance')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (owner_id, id)
);
create unique index search_saved_by_name on search_saved (owner_id, lower(name));

-- The newest queries of an owner; the same one in other capitals counts as one.
create table search_recent (
  owner_id uuid not null,
  q_key text not null,
  q text not null,
  times int not null default 1,
  used_at timestamptz not null default now(),
  primary key (owner_id, q_key)
);
create index search_recent_by_use on search_recent (owner_id, used_at desc);
