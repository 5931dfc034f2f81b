-- Mail accounts that several people use. Each is the only account of a principal of its own, its mailbox.

alter table principal drop constraint principal_kind_check;
alter table principal add constraint principal_kind_check check (kind in ('person', 'group', 'mailbox')) not valid;
-- Whoever is in a group has its roles.
create index principal_by_group on principal using gin (groups);

create table mail_mailbox (
  owner_id uuid not null references principal (id) on delete cascade,
  -- Whose account it was and still is; null for one of the organisation.
  lender_id uuid,
  created_at timestamptz not null default now(),
  primary key (owner_id)
);
create index mail_mailbox_by_lender on mail_mailbox (lender_id) where lender_id is not null;

create table mail_grant (
  owner_id uuid not null references mail_mailbox (owner_id) on delete cascade,
  id uuid not null,
  -- A person, or whoever is in a group.
  member_id uuid,
  group_name text,
  role text not null check (role in ('read', 'send', 'manage')),
  created_at timestamptz not null default now(),
  primary key (owner_id, id),
  check (num_nonnulls(member_id, group_name) = 1)
);
create unique index mail_grant_once on mail_grant (owner_id, member_id, group_name) nulls not distinct;
create index mail_grant_by_member on mail_grant (member_id) where member_id is not null;
create index mail_grant_by_group on mail_grant (group_name) where group_name is not null;

-- The principal whose data an event is about, when that is not the owner of the stream.
alter table event add column origin_id uuid;
create index event_of_others on event (owner_id, origin_id) where origin_id is not null;
-- Whether others follow this owner's events.
alter table event_sequence add column is_followed boolean not null default false;

-- Who sent it, when that was not its owner.
alter table mail_outbox add column sent_by uuid;
