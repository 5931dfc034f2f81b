-- What is known of people's files: a cache of folders as Nextcloud lists them, and uploads that are under way.

-- The top of somebody's files. Its ETag changes with anything below it.
create table drive_root (
  owner_id uuid primary key references principal (id) on delete cascade,
  etag text,
  -- When Nextcloud said so last.
  checked_at timestamptz,
  -- When a node set out to ask in the background last.
  asked_at timestamptz not null default now(),
  -- When the owner last looked: only those who are there are asked about in the background.
  active_at timestamptz not null default now(),
  -- Grows with each change made through ultid: what was read before is not taken for news after it.
  generation bigint not null default 0
);
create index drive_root_by_activity on drive_root (active_at);

create table drive_folder (
  owner_id uuid not null references principal (id) on delete cascade,
  -- SHA-256 of the path: paths are longer than an index takes.
  key bytea not null,
  path text not null,
  file_id bigint not null,
  etag text not null,
  permissions text not null,
  -- The ETag of the top under which this listing was right; null when it must be looked at again.
  valid_under text,
  read_on date not null default current_date,
  primary key (owner_id, key)
);
create index drive_folder_by_read on drive_folder (read_on);

create table drive_entry (
  owner_id uuid not null,
  folder_key bytea not null,
  name text collate "C" not null,
  -- By which people sort: without regard to case and accents, numbers by their value.
  name_key text collate "C" not null,
  -- 0 for folders, which come first, 1 for files.
  rank smallint not null,
  file_id bigint not null,
  etag text not null,
  size bigint not null,
  kind text not null,
  content_type text,
  modified_at timestamptz not null,
  permissions text not null,
  is_favorite boolean not null,
  has_preview boolean not null,
  -- Whom it is shared with, in the numbers of OCS.
  share_types smallint[] not null default '{}',
  primary key (owner_id, folder_key, name),
  foreign key (owner_id, folder_key) references drive_folder (owner_id, key) on delete cascade
);
create index drive_entry_by_name on drive_entry (owner_id, folder_key, rank, name_key, name);
create index drive_entry_by_file on drive_entry (owner_id, file_id);

-- Pictures of files, made by Nextcloud and kept as objects.
create table drive_preview (
  owner_id uuid not null references principal (id) on delete cascade,
  file_id bigint not null,
  -- How large, and whether it fills its frame: `256-cover`.
  variant text not null,
  -- Of the file that it shows.
  etag text not null,
  object text not null,
  content_type text not null,
  used_on date not null default current_date,
  primary key (owner_id, file_id, variant)
);
create index drive_preview_by_object on drive_preview (object);
create index drive_preview_by_use on drive_preview (used_on);
