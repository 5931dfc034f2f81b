-- When the next alarm of an event goes off; the one after is worked out then.

create table calendar_reminder (
  owner_id uuid not null,
  object_id uuid not null,
  key text not null,
  due_at timestamptz not null,
  -- Of which occurrence; empty for an event that takes place once.
  occurrence text not null,
  starts_at timestamptz not null,
  by_mail boolean not null,
  primary key (owner_id, object_id, key),
  foreign key (owner_id, object_id, key) references calendar_event (owner_id, object_id, key) on delete cascade
);
create index calendar_reminder_by_time on calendar_reminder (due_at);
