-- Contacts: what Nextcloud's address books hold, kept here to be listed, found and compared.
create extension if not exists pg_trgm;

-- When the address books of somebody were last compared with the server's.
create table contact_home (
  owner_id uuid not null references principal (id),
  checked_at timestamptz not null,
  primary key (owner_id)
);

create table contact_book (
  owner_id uuid not null references principal (id),
  id uuid not null,
  -- Of the collection in the owner's home: part of its address.
  name text not null,
  display_name text not null,
  description text not null default '',
  is_read_only boolean not null default false,
  -- Who shares it with the owner, by their name at Nextcloud; null for the owner's own.
  shared_by text,
  -- [{ user, access }], of one's own that others see.
  shares jsonb not null default '[]',
  -- As the server told it last; differs from sync_token while there is something new.
  server_token text,
  -- Up to which it was read; null before the first time.
  sync_token text,
  -- Of the reading: what another release read of cards is read anew.
  shape int not null default 0,
  -- Of clients' sync tokens: another one after everything was forgotten.
  epoch uuid not null,
  revision bigint not null default 0,
  -- Deletions up to this revision are forgotten.
  forgotten_revision bigint not null default 0,
  primary key (owner_id, id),
  unique (owner_id, name)
);

create table contact (
  owner_id uuid not null,
  id uuid not null,
  book_id uuid not null,
  -- The last part of its path: "….vcf".
  object text not null,
  uid text not null,
  etag text not null,
  kind text not null,
  -- What the API shows of it.
  card jsonb not null,
  full_name text not null,
  -- Surname first, as address books are sorted.
  sort_name text not null,
  -- Folded words, each with a space before it: names, organisations, addresses, numbers.
  search text not null,
  -- In lower case.
  emails text[] not null default '{}',
  -- E.164, where the number says enough.
  phones text[] not null default '{}',
  -- The full name, folded; empty for what is no person and no organisation.
  folded_name text not null default '',
  categories text[] not null default '{}',
  members text[] not null default '{}',
  has_photo boolean not null default false,
  birth_month smallint,
  birth_day smallint,
  -- How often and how lately somebody wrote to it, as contact_correspondent has it; 0 for never.
  score double precision not null default 0,
  created_revision bigint not null,
  revision bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (owner_id, id),
  foreign key (owner_id, book_id) references contact_book (owner_id, id) on delete cascade
) partition by hash (owner_id);
select create_owner_partitions('contact');
create unique index contact_by_object on contact (owner_id, book_id, object);
create index contact_by_name on contact (owner_id, book_id, sort_name collate "und-x-icu", id);
create index contact_by_revision on contact (owner_id, book_id, revision, id);
create index contact_by_uid on contact (owner_id, uid);
create index contact_by_folded_name on contact (owner_id, folded_name) where folded_name <> '';
create index contact_search on contact using gin (owner_id, search gin_trgm_ops);
create index contact_emails on contact using gin (owner_id, emails);
create index contact_phones on contact using gin (owner_id, phones);
create index contact_birthdays on contact (owner_id, birth_month, birth_day) where birth_month is not null;

-- Contacts that are gone, so that clients hear of it.
create table contact_tombstone (
  owner_id uuid not null,
  book_id uuid not null,
  object text not null,
  uid text not null,
  revision bigint not null,
  gone_at timestamptz not null default now(),
  primary key (owner_id, book_id, object),
  foreign key (owner_id, book_id) references contact_book (owner_id, id) on delete cascade
);
create index contact_tombstone_by_revision on contact_tombstone (owner_id, book_id, revision);
create index contact_tombstone_by_age on contact_tombstone (gone_at);

-- Whom somebody wrote to.
create table contact_correspondent (
  owner_id uuid not null,
  -- In lower case.
  email text not null,
  name text not null default '',
  search text not null,
  written_count int not null default 0,
  first_written_at timestamptz not null,
  last_written_at timestamptz not null,
  -- Grows with each message by less the older it is, and never has to be counted anew: log2 of the sum of 2^(time / half-life).
  score double precision not null,
  is_dismissed boolean not null default false,
  primary key (owner_id, email)
) partition by hash (owner_id);
select create_owner_partitions('contact_correspondent');
create index contact_correspondent_by_score on contact_correspondent (owner_id, score desc, email);
create index contact_correspondent_search on contact_correspondent using gin (owner_id, search gin_trgm_ops);

-- People of this installation, to be found by each other. owner_id is the nil UUID: they are the installation's.
create table contact_directory_person (
  owner_id uuid not null,
  person_id uuid not null,
  email text not null,
  name text not null,
  groups text[] not null default '{}',
  search text not null,
  seen_at timestamptz not null,
  primary key (owner_id, person_id)
);
create index contact_directory_search on contact_directory_person using gin (owner_id, search gin_trgm_ops);
create index contact_directory_by_email on contact_directory_person (owner_id, email);

-- Merges that can be taken back.
create table contact_merge (
  owner_id uuid not null,
  id uuid not null,
  -- [{ book, object, vcard }]: what was there before, the kept one first.
  originals jsonb not null,
  -- The path of what was kept, and its ETag after the merge.
  path text not null,
  etag text not null,
  created_at timestamptz not null default now(),
  undone_at timestamptz,
  primary key (owner_id, id)
);
create index contact_merge_by_age on contact_merge (created_at);
