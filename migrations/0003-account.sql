-- People beyond their tokens: what they chose for themselves, how they are signed in, and what was done in their name.

alter table principal
  -- Names that the person chose win over those of the issuer.
  add column chosen_name text,
  -- A BCP 47 tag and an IANA time zone.
  add column locale text,
  add column time_zone text,
  -- The groups claim of the newest token seen, and when that token was issued: sessions and personal tokens go by it.
  add column groups text[] not null default '{}',
  add column groups_at timestamptz,
  -- Access tokens issued before this are refused: the issuer signed the person out everywhere.
  add column tokens_valid_from timestamptz;

-- A browser that is signed in. Its cookie holds owner_id, id and a secret, of which only the hash is here.
create table session (
  owner_id uuid not null,
  id uuid not null,
  secret_hash bytea not null,
  -- The issuer's own session (claim `sid`), which back-channel logout names.
  issuer_session text,
  -- Ciphertext of the key ring, bound to "session:<id>"; null when the issuer gave none.
  refresh_token text,
  -- When the issuer wants to be asked again; null without a refresh token.
  refresh_at timestamptz,
  -- Until then somebody is asking.
  refresh_claimed_until timestamptz,
  user_agent text not null default '',
  address inet,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (owner_id, id)
) partition by hash (owner_id);
select create_owner_partitions('session');
create index session_by_issuer_session on session (issuer_session) where issuer_session is not null;
create index session_by_expiry on session (expires_at);
create index session_by_last_use on session (seen_at);

-- A token that a person made for a program. It begins with `ulti_pat_` and holds owner_id and 256 random bits.
create table personal_token (
  owner_id uuid not null,
  id uuid not null,
  token_hash bytea not null,
  name text not null,
  permissions text[] not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (owner_id, id),
  unique (owner_id, token_hash)
);

-- The session or personal token that asked for the ticket: when it ends, so do the sockets that it opened.
alter table realtime_ticket add column credential_id uuid;

-- What a front end keeps for a person: documents that only it understands, hence json, which is stored as it came.
create table preference (
  owner_id uuid not null,
  key text not null,
  document json not null,
  -- A new one at each write, so that a document that was removed and made again has another ETag.
  version uuid not null,
  size_bytes int not null,
  updated_at timestamptz not null default now(),
  primary key (owner_id, key)
);

-- The ids (claim `jti`) of logout tokens that were obeyed, until those tokens are too old anyway.
create table used_logout_token (
  jti text primary key,
  used_at timestamptz not null default now()
);
create index used_logout_token_by_age on used_logout_token (used_at);

-- Who did what, from where, with which outcome. owner_id is the person concerned; the nil UUID when nobody is known.
create table audit_entry (
  owner_id uuid not null,
  id uuid not null,
  actor_id uuid,
  action text not null,
  target text,
  outcome text not null check (outcome in ('success', 'refused', 'failed')),
  address inet,
  user_agent text not null default '',
  details jsonb not null default '{}',
  at timestamptz not null default now(),
  primary key (owner_id, id)
) partition by hash (owner_id);
select create_owner_partitions('audit_entry');
create index audit_entry_by_age on audit_entry using brin (at);

-- Entries are never changed, and deleted after a year at the earliest.
create function audit_entry_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and old.at < now() - interval '365 days' then
    return old;
  end if;
  raise exception 'audit entries are kept as they are for a year' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entry_keep before update or delete on audit_entry
  for each row execute function audit_entry_keep();

-- Row triggers are cloned to the partitions, statement triggers are not.
do $$
begin
  execute 'create trigger audit_entry_keep_all before truncate on audit_entry execute function audit_entry_keep()';
  for part in 0..7 loop
    execute format('create trigger audit_entry_keep_all before truncate on %I execute function audit_entry_keep()',
      'audit_entry_p' || part);
  end loop;
end $$;
