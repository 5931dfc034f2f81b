-- What every module stands on: who somebody is, what happened to their data, which nodes live, which answers were given.

create extension if not exists btree_gin;
create extension if not exists unaccent;

-- Tables that grow with use are hash-partitioned by owner. Eight parts keep indexes small and vacuum short on one
-- server; each query names one owner and so touches one part.
create function create_owner_partitions(parent text) returns void language plpgsql as $$
begin
  for part in 0..7 loop
    execute format('create table %I partition of %I for values with (modulus 8, remainder %s)', parent || '_p' || part, parent, part);
  end loop;
end $$;

-- A principal: a person or group that owns data and acts. A person is made at the first sight of a token's subject.
create table principal (
  id uuid primary key,
  kind text not null default 'person' check (kind in ('person', 'group')),
  issuer text not null,
  subject text not null,
  username text,
  email text,
  display_name text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  unique (issuer, subject)
);

-- The last sequence number of an owner's events. Its row lock orders an owner's transactions: it is taken last.
create table event_sequence (
  owner_id uuid primary key,
  last_seq bigint not null
);

create table event (
  owner_id uuid not null,
  seq bigint not null,
  type text not null,
  data jsonb not null,
  created_at timestamptz not null default now(),
  primary key (owner_id, seq)
) partition by hash (owner_id);
select create_owner_partitions('event');
create index event_by_age on event using brin (created_at);

-- The first answer to an Idempotency-Key, written with the data that it created.
create table idempotency_key (
  owner_id uuid not null,
  scope text not null,
  key text not null,
  request_hash bytea not null,
  status smallint not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  primary key (owner_id, scope, key)
) partition by hash (owner_id);
select create_owner_partitions('idempotency_key');
create index idempotency_key_by_age on idempotency_key (created_at);

-- Single-use tickets for browsers' WebSockets, alive for seconds. `hash` is SHA-256 of the ticket.
create table realtime_ticket (
  owner_id uuid not null,
  hash bytea not null,
  token_expires_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (owner_id, hash)
);

-- A running process. A node unseen for a minute is dead: its jobs are unlocked and its leases are free.
create table node (
  id uuid primary key,
  host text not null,
  roles text[] not null,
  worker_ids text[] not null default '{}',
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
