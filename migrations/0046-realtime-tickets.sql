-- What the holder of a ticket may read; empty where an older version made it.
alter table realtime_ticket add column permissions text[] not null default '{}';
