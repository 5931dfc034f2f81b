-- Uploads that can be resumed, on whatever node. The bytes lie at Nextcloud, in numbered pieces.
create table drive_upload (
  owner_id uuid not null references principal (id) on delete cascade,
  id uuid not null,
  -- Where the file shall be.
  path text not null,
  conflict text not null check (conflict in ('fail', 'rename', 'replace')),
  if_match text,
  size bigint not null,
  received bigint not null default 0,
  -- As the client wrote it, to be answered again.
  metadata text not null default '',
  -- `SHA256:<hex>` of the whole; checked before the file is made.
  checksum text,
  -- Seconds since 1970.
  modified_at bigint,
  -- Whoever writes takes the next one: an earlier writer that is still at it can commit nothing any more.
  epoch integer not null default 0,
  -- Numbers are given once. What was begun and not committed is none of `pieces`.
  next_piece integer not null default 1,
  pieces integer[] not null default '{}',
  state text not null default 'open' check (state in ('open', 'finished')),
  -- The file that it became.
  item_id bigint,
  created_at timestamptz not null default now(),
  touched_at timestamptz not null default now(),
  primary key (owner_id, id)
);
create index drive_upload_by_age on drive_upload (touched_at);
