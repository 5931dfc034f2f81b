-- Passwords for phones and programs that know HTTP Basic alone. Each has 120 random bits, of which only the hash is here.
create table device_password (
  owner_id uuid not null references principal (id),
  id uuid not null,
  password_hash bytea not null,
  name text not null,
  -- Which modules it opens: drive, calendar, contacts.
  modules text[] not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  last_user_agent text,
  primary key (owner_id, id),
  unique (owner_id, password_hash)
);

-- A device says its person's address or name at sign-in beside the password.
create index principal_by_email on principal (lower(email));
create index principal_by_username on principal (lower(username));
