-- What modules that keep no text of their own let be found: files, events, contacts. Mail keeps its words beside its mail.
create table search_document (
  owner_id uuid not null,
  -- `<module>.<noun>`, as drive.file.
  type text not null,
  -- Of the resource, in its module's API.
  id text not null,
  -- Sorts hits of the same time, over all types.
  hit_id uuid not null,
  title text not null,
  -- Plain text, from which excerpts are cut; of a file what was extracted of it.
  body text not null default '',
  content_text text,
  happened_at timestamptz not null,
  who_name text not null default '',
  who_email text not null default '',
  -- [{ name, email, role }]
  people jsonb not null default '[]',
  -- Where it lies: calendars, address books, folders up to the root, the nearest one first.
  container_ids text[] not null default '{}',
  container_names text[] not null default '{}',
  labels text[] not null default '{}',
  filename text,
  size_bytes bigint,
  is_starred boolean not null default false,
  has_attachments boolean not null default false,
  link text not null,
  -- Names of the module's own for where it lies.
  place jsonb not null default '{}',
  own_words tsvector not null,
  -- Of the file's content; null while it is not extracted.
  content_words tsvector,
  words tsvector not null generated always as (own_words || coalesce(content_words, ''::tsvector)) stored,
  -- Of what content_words were made, or are to be made.
  content_version text,
  content_media_type text,
  content_state text not null default 'none'
    check (content_state in ('none', 'pending', 'done', 'unreadable', 'too_large')),
  content_attempts smallint not null default 0,
  put_at timestamptz not null default now(),
  primary key (owner_id, type, id)
) partition by hash (owner_id);
select create_owner_partitions('search_document');
alter table search_document alter column own_words set storage external;
alter table search_document alter column content_words set storage external;
alter table search_document alter column words set storage external;
create index search_document_words on search_document using gin (owner_id, words);
create index search_document_by_date on search_document (owner_id, happened_at desc, hit_id desc);
create index search_document_by_hit on search_document (owner_id, hit_id);
create index search_document_containers on search_document using gin (owner_id, container_ids);
create index search_document_pending on search_document (owner_id, put_at) where content_state = 'pending';

-- Whose documents somebody (`owner_id`) may find beside their own: those of a type in a container.
create table search_grant (
  owner_id uuid not null,
  shared_owner_id uuid not null,
  type text not null,
  container_id text not null,
  created_at timestamptz not null default now(),
  primary key (owner_id, shared_owner_id, type, container_id)
);
create index search_grant_by_shared_owner on search_grant (shared_owner_id, type, container_id);
