-- What a view of a message shows beyond its text, kept so that a second look is quick and needs no mail server.

alter table mail_body
  -- { header_fields, calendar, tnef }: what else was fetched for a view; null until it was.
  add column details jsonb,
  -- The HTML as it may be shown, what is known of it, and the sanitiser that made it; null when it is to be made anew.
  add column clean_html text,
  add column clean_facts jsonb,
  add column clean_version smallint;

-- Registrable domains to which an owner wrote, to tell those that only look alike. The skeleton is the domain with
-- every character that looks like another replaced by that.
create table mail_correspondent_domain (
  owner_id uuid not null references principal (id),
  domain text not null,
  skeleton text not null,
  created_at timestamptz not null default now(),
  primary key (owner_id, domain)
);

-- Lists from which an owner asked to be taken off, by the message that offered it.
create table mail_unsubscription (
  owner_id uuid not null references principal (id),
  message_id uuid not null,
  method text not null check (method in ('one_click', 'mailto')),
  -- The request by mail, where it was one.
  outbox_id uuid,
  requested_at timestamptz not null default now(),
  primary key (owner_id, message_id)
);

-- Remote images that were asked for, for some days: the bytes lie in the object store.
create table mail_remote_image (
  owner_id uuid not null references principal (id),
  -- SHA-256 of the address.
  address_hash bytea not null,
  object text not null,
  content_type text not null,
  size_bytes bigint not null,
  fetched_at timestamptz not null default now(),
  primary key (owner_id, address_hash)
);
create index mail_remote_image_by_age on mail_remote_image (fetched_at);
create index mail_remote_image_by_object on mail_remote_image (owner_id, object);
