-- How much a person may keep, where an administrator says it of them alone; what is said of groups and of everybody is a
-- setting of the installation.
create table admin_quota (
  owner_id uuid not null references principal (id) on delete cascade,
  kind text not null check (kind in ('mail', 'attachments')),
  -- Null for no limit, whatever their groups say.
  bytes bigint check (bytes >= 0),
  updated_at timestamptz not null default now(),
  primary key (owner_id, kind)
);
