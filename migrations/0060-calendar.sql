-- Calendars as they were last seen at Nextcloud: what is read is read from here.

create table calendar_home (
  owner_id uuid primary key references principal (id),
  -- Their name at Nextcloud.
  uid text not null,
  -- When it was last compared with Nextcloud; null to have that done soon.
  checked_at timestamptz,
  used_at timestamptz not null default now()
);
create index calendar_home_by_uid on calendar_home (lower(uid));
create index calendar_home_by_check on calendar_home (checked_at nulls first);

create table calendar (
  owner_id uuid not null references calendar_home (owner_id) on delete cascade,
  -- As in its path.
  name text not null,
  display_name text not null,
  description text not null default '',
  color text,
  sort_order int not null default 0,
  is_visible boolean not null default true,
  access text not null check (access in ('owner', 'read', 'read_write')),
  -- The name at Nextcloud of the person whose it is.
  belongs_to text not null,
  -- [{ uid, access }] of those with whom the owner shares it.
  shares jsonb not null default '[]',
  sync_token text,
  -- Of the server; what is in the cache when sync_token is set.
  ctag text,
  -- Counts writes of ours, so that an answer from before them is not stored after them.
  version int not null default 0,
  -- When all ETags were last compared: a server that was restored from a backup does not tell what changed.
  reconciled_at timestamptz,
  primary key (owner_id, name)
);

create table calendar_object (
  owner_id uuid not null,
  id uuid not null,
  calendar text not null,
  name text not null,
  uid text not null,
  etag text not null,
  content text not null,
  primary key (owner_id, id),
  unique (owner_id, calendar, name),
  foreign key (owner_id, calendar) references calendar (owner_id, name) on delete cascade
);
create index calendar_object_by_uid on calendar_object (owner_id, uid);

-- An event of an object: its master with an empty key, and each changed occurrence.
create table calendar_event (
  owner_id uuid not null,
  object_id uuid not null,
  -- The occurrence in the basic form: 20260523T090000Z, or 20260523.
  key text not null,
  calendar text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- From starts_at to here lies all of it; infinity for a series without an end.
  range_end timestamptz not null,
  -- A date, or a time that is the same on every wall: the times are those in UTC.
  is_floating boolean not null,
  recurrence jsonb,
  fields jsonb not null,
  primary key (owner_id, object_id, key),
  foreign key (owner_id, object_id) references calendar_object (owner_id, id) on delete cascade
);
create index calendar_event_by_time on calendar_event (owner_id, range_end, starts_at);
