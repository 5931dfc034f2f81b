-- Administration of people: who is suspended, who was made before their first sign-in, and what other systems are to be
-- told of it.

alter table principal
  -- From then on no credential of theirs is taken, nothing of theirs is synced and nothing is sent for them.
  add column suspended_at timestamptz,
  -- Its number at Authentik, once it was seen there.
  add column directory_id int,
  -- Made by an administrator, and not seen since.
  add column is_provisioned boolean not null default false;

-- What a system of the suite is to be told of a person: the newest word, until it was heard.
create table admin_outside_access (
  owner_id uuid not null references principal (id) on delete cascade,
  system text not null check (system in ('authentik', 'nextcloud')),
  is_active boolean not null,
  -- A new one with each word, so that an answer to an earlier one settles nothing.
  version uuid not null,
  attempts int not null default 0,
  -- Null once it was heard.
  next_attempt_at timestamptz default now(),
  error_code text,
  updated_at timestamptz not null default now(),
  primary key (owner_id, system)
);
create index admin_outside_access_due on admin_outside_access (next_attempt_at) where next_attempt_at is not null;
