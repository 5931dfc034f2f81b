-- Events sent to programs of their owners, signed, at least once, in order for each resource.

-- Where an owner wants events sent to. Deliveries exist for every event of the owner up to `scanned_seq`.
create table webhook_endpoint (
  owner_id uuid not null references principal (id),
  id uuid not null,
  -- The module whose events it takes; each lists its own endpoints.
  module text not null,
  url text not null,
  description text not null,
  event_types text[] not null,
  -- Which values a member of an event may have, by member; {} takes all.
  filter jsonb not null,
  payload text not null check (payload in ('slim', 'full')),
  state text not null default 'active' check (state in ('active', 'paused', 'disabled')),
  -- Who stopped it: its owner, three days of failures, or the receiver with 410.
  state_reason text check (state_reason in ('owner', 'failing', 'gone')),
  -- Since when no delivery succeeded, while attempts fail.
  failing_since timestamptz,
  -- The receiver asked for no more requests before this (Retry-After).
  held_until timestamptz not null default '-infinity',
  scanned_seq bigint not null,
  created_at timestamptz not null default now(),
  check ((state = 'active') = (state_reason is null)),
  primary key (owner_id, id)
);
create index webhook_endpoint_active on webhook_endpoint (owner_id) where state = 'active';

-- What an endpoint's deliveries are signed with, sealed by the key ring; all of them sign while one replaces another.
-- An endpoint without any is signed for with the deployment's.
create table webhook_secret (
  owner_id uuid not null,
  id uuid not null,
  endpoint_id uuid not null,
  secret text not null,
  created_at timestamptz not null default now(),
  primary key (owner_id, id),
  foreign key (owner_id, endpoint_id) references webhook_endpoint on delete cascade
);
create index webhook_secret_by_endpoint on webhook_secret (owner_id, endpoint_id);

-- One event for one endpoint. Of those about one resource (`order_key`) only the first pending one has a time for its
-- next attempt; the others wait at infinity until it is done.
create table webhook_delivery (
  owner_id uuid not null,
  -- The `webhook-id` of every attempt.
  id uuid not null,
  endpoint_id uuid not null,
  -- The event's; null for a test.
  seq bigint,
  event_type text not null,
  order_key text not null,
  -- Exactly what is sent: every attempt signs the same bytes.
  body text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
  -- Attempts begun, ever, and those that failed since it was last put in line.
  attempts integer not null default 0,
  failures integer not null default 0,
  -- Its next try or, while it is claimed, when that claim lapses.
  next_attempt_at timestamptz not null,
  claim_id uuid,
  last_status smallint,
  last_error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (owner_id, id),
  unique (owner_id, endpoint_id, seq),
  foreign key (owner_id, endpoint_id) references webhook_endpoint on delete cascade
) partition by hash (owner_id);
select create_owner_partitions('webhook_delivery');
create index webhook_delivery_due on webhook_delivery (next_attempt_at) where state = 'pending';
create index webhook_delivery_next on webhook_delivery (owner_id, endpoint_id, next_attempt_at) where state = 'pending';
create index webhook_delivery_in_order on webhook_delivery (owner_id, endpoint_id, order_key, seq) where state = 'pending';
create index webhook_delivery_list on webhook_delivery (owner_id, endpoint_id, id desc);
create index webhook_delivery_dead on webhook_delivery (owner_id, endpoint_id, id desc) where state = 'dead';
create index webhook_delivery_by_age on webhook_delivery (finished_at) where finished_at is not null;

-- What came of each attempt. `answer` is the beginning of what the receiver said.
create table webhook_attempt (
  owner_id uuid not null,
  delivery_id uuid not null,
  number integer not null,
  url text not null,
  started_at timestamptz not null,
  -- Until the status line, and until the end of what was read of the answer.
  answered_ms integer,
  duration_ms integer not null,
  status smallint,
  error text,
  answer text,
  primary key (owner_id, delivery_id, number),
  foreign key (owner_id, delivery_id) references webhook_delivery on delete cascade
) partition by hash (owner_id);
select create_owner_partitions('webhook_attempt');

-- Events of a past time that are sent to an endpoint again: those after `next_seq` up to `last_seq` are still to be put
-- in line.
create table webhook_replay (
  owner_id uuid not null,
  id uuid not null,
  endpoint_id uuid not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  -- Leaves out what was delivered.
  is_undelivered_only boolean not null,
  next_seq bigint not null,
  last_seq bigint not null,
  delivery_count integer not null default 0,
  state text not null default 'running' check (state in ('running', 'done')),
  created_at timestamptz not null default now(),
  primary key (owner_id, id),
  foreign key (owner_id, endpoint_id) references webhook_endpoint on delete cascade
);
create index webhook_replay_by_endpoint on webhook_replay (owner_id, endpoint_id, id desc);
create index webhook_replay_running on webhook_replay (owner_id, endpoint_id) where state = 'running';
