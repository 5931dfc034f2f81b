-- Calendars that are published on the web and followed in a calendar of their own.

create table calendar_subscription (
  owner_id uuid not null,
  calendar text not null,
  url text not null,
  -- Of the answer that was taken over last.
  http_etag text,
  refreshed_at timestamptz,
  -- Why it could not be read last time; a whole sentence.
  problem text,
  next_at timestamptz not null default now(),
  primary key (owner_id, calendar),
  foreign key (owner_id, calendar) references calendar (owner_id, name) on delete cascade
);
create index calendar_subscription_by_time on calendar_subscription (next_at);
