-- What of people's files search knows: folders with the ETag under which everything below them is in the index.
create table drive_indexed_folder (
  owner_id uuid not null references principal (id) on delete cascade,
  -- SHA-256 of the path.
  key bytea not null,
  path text not null,
  -- Null while something below is still to be looked at.
  etag text,
  primary key (owner_id, key)
);

create table drive_indexed_entry (
  owner_id uuid not null,
  folder_key bytea not null,
  file_id bigint not null,
  name text not null,
  is_folder boolean not null,
  -- Of all that its document is made of.
  version text not null,
  primary key (owner_id, folder_key, file_id),
  foreign key (owner_id, folder_key) references drive_indexed_folder (owner_id, key) on delete cascade
);
create index drive_indexed_entry_by_file on drive_indexed_entry (owner_id, file_id);
