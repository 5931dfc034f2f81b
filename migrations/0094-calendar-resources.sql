-- Rooms and equipment of the organisation, and when they are booked.
create table calendar_resource (
  -- The nil UUID: they are the installation's.
  owner_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('room', 'equipment')),
  name text not null,
  -- Under which it is invited, in lower case.
  email text not null,
  capacity int check (capacity > 0),
  location text not null,
  description text not null,
  features text[] not null,
  -- Whose members may book it; empty for everybody.
  groups text[] not null,
  is_active boolean not null,
  -- What it is found by, in lower case.
  search text not null,
  version uuid not null,
  updated_at timestamptz not null default now(),
  primary key (owner_id, id),
  unique (owner_id, email)
);
create index calendar_resource_by_name on calendar_resource (owner_id, lower(name) collate "und-x-icu", id);

-- A time for which a resource is taken, by an object of its owner's calendar.
create table calendar_booking (
  owner_id uuid not null,
  id uuid not null,
  resource_id uuid not null,
  calendar text not null,
  -- The object's name in the calendar, and its uid.
  object text not null,
  uid text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  -- Which write of the object it is of; a later one is greater.
  version uuid not null,
  -- While the object is being written; null once it is.
  held_until timestamptz,
  primary key (owner_id, id),
  foreign key (owner_id, calendar) references calendar (owner_id, name) on delete cascade
);
create index calendar_booking_by_object on calendar_booking (owner_id, calendar, object);
create index calendar_booking_by_time on calendar_booking (resource_id, ends_at);
create index calendar_booking_by_end on calendar_booking (ends_at);
