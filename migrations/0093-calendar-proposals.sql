-- Other times that those invited propose, until the organizer takes one, declines it, or moves the event.

create table calendar_proposal (
  owner_id uuid not null,
  id uuid not null,
  object_id uuid not null,
  -- The occurrence that it is about; empty for the whole.
  key text not null,
  -- Who proposes it, in lower case.
  email text not null,
  name text not null,
  -- In the basic form, on the wall of the zone.
  starts text not null,
  ends text not null,
  timezone text,
  location text not null,
  comment text not null,
  -- When the event took place as the proposal came: one that was moved since has none any more.
  about text not null,
  stamped_at timestamptz not null,
  received_at timestamptz not null default now(),
  primary key (owner_id, id),
  unique (owner_id, object_id, key, email),
  foreign key (owner_id, object_id) references calendar_object (owner_id, id) on delete cascade
);
