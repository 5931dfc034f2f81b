-- How far `ultid search reindex` has come, for each owner and each index: a run that breaks off goes on there.
create table search_reindex (
  owner_id uuid not null,
  source text not null,
  -- Where the next step begins, in the words of the source; null at the beginning.
  position text,
  is_done boolean not null default false,
  row_count bigint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (owner_id, source)
);
create index search_reindex_open on search_reindex (source, owner_id) where not is_done;
