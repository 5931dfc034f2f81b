-- People who leave: what is theirs handed to somebody else.

create table admin_transfer (
  owner_id uuid not null references principal (id) on delete cascade,
  id uuid not null,
  -- Who gets it, and in which form mail accounts are handed over.
  member_id uuid not null,
  mail_accounts text not null check (mail_accounts in ('own', 'shared')),
  requested_by uuid not null,
  state text not null default 'pending' check (state in ('pending', 'running', 'done', 'incomplete')),
  -- By part: { state, counts, errors }.
  parts jsonb not null default '{}',
  -- Who works at it may be dead after this.
  leased_until timestamptz,
  lease_id uuid,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (owner_id, id)
);
create unique index admin_transfer_once on admin_transfer (owner_id) where state in ('pending', 'running');
create index admin_transfer_open on admin_transfer (leased_until) where state in ('pending', 'running');
