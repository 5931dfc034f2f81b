-- People who leave: archives of what is theirs, and their erasure.

create table admin_export (
  owner_id uuid not null references principal (id) on delete cascade,
  id uuid not null,
  requested_by uuid not null,
  state text not null default 'pending' check (state in ('pending', 'running', 'done', 'failed')),
  -- Who works at it may be dead after this.
  leased_until timestamptz,
  lease_id uuid,
  object text,
  size_bytes bigint,
  sha256 text,
  -- How many files of which part, and what could not be had.
  report jsonb,
  error_code text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  expires_at timestamptz,
  primary key (owner_id, id)
);
create index admin_export_open on admin_export (leased_until) where state in ('pending', 'running');
create index admin_export_by_expiry on admin_export (expires_at) where expires_at is not null;

-- Gone when it is through: its report is in the audit log then.
create table admin_erasure (
  owner_id uuid not null,
  requested_by uuid not null,
  -- Access tokens from before the suspension have expired by then, and make nobody known again.
  starts_at timestamptz not null,
  leased_until timestamptz,
  attempts int not null default 0,
  error_code text,
  -- What is done already.
  report jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (owner_id)
);
create index admin_erasure_due on admin_erasure (starts_at);
