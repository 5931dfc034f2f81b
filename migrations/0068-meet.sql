-- Meetings: rooms in Jitsi, links for guests, and those who wait at the door.

create table meet_room (
  owner_id uuid not null references principal (id),
  id uuid not null,
  -- Part of the address, in lower case. Jitsi knows one room of a name, whoever made it.
  name text not null check (name = lower(name)),
  title text not null default '',
  starts_at timestamptz,
  ends_at timestamptz,
  -- Guests wait until somebody lets them in.
  has_lobby boolean not null default false,
  -- Of Jitsi: { recording, livestreaming, … }, each true or false.
  features jsonb not null default '{}',
  -- Addresses, in lower case: who moderates beside the owner, and who may come in.
  moderators text[] not null default '{}',
  members text[] not null default '{}',
  -- signed_in: whoever has an account here and the address; members: those above.
  access text not null check (access in ('signed_in', 'members')),
  -- The calendar object that claimed the name; null for a room that was made by itself.
  calendar_object text,
  calendar_uid text,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (owner_id, id)
);
-- Not by owner: a name is taken for everybody.
create unique index meet_room_by_name on meet_room (name);
create unique index meet_room_by_calendar_object on meet_room (owner_id, calendar_object) where calendar_object is not null;
create index meet_room_planned on meet_room (owner_id, starts_at, id) where starts_at is not null;
create index meet_room_by_expiry on meet_room (expires_at);

-- A link for people without an account. The link itself is signed, not stored.
create table meet_invitation (
  owner_id uuid not null,
  id uuid not null,
  room_id uuid not null,
  label text not null default '',
  expires_at timestamptz not null,
  revoked_at timestamptz,
  entered_count int not null default 0,
  created_at timestamptz not null default now(),
  primary key (owner_id, id),
  foreign key (owner_id, room_id) references meet_room (owner_id, id) on delete cascade
);
create index meet_invitation_by_room on meet_invitation (owner_id, room_id, id desc);

-- A guest at the door of a room with a lobby.
create table meet_guest (
  owner_id uuid not null,
  id uuid not null,
  room_id uuid not null,
  invitation_id uuid not null,
  name text not null,
  state text not null default 'waiting' check (state in ('waiting', 'admitted', 'refused')),
  -- When the page at the door asked last: somebody who went away waits no more.
  seen_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  primary key (owner_id, id),
  foreign key (owner_id, room_id) references meet_room (owner_id, id) on delete cascade,
  foreign key (owner_id, invitation_id) references meet_invitation (owner_id, id) on delete cascade
);
create index meet_guest_waiting on meet_guest (owner_id, room_id, id) where state = 'waiting';
create index meet_guest_by_invitation on meet_guest (owner_id, invitation_id);
create index meet_guest_by_age on meet_guest (created_at);
