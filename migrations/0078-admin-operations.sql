-- What administrators set for the whole installation while it runs: maintenance, switched-off features, policies.
create table installation_setting (
  -- The nil UUID: it is the installation's.
  owner_id uuid not null,
  key text not null,
  value jsonb not null,
  version uuid not null,
  updated_at timestamptz not null default now(),
  primary key (owner_id, key)
);

-- What administrators look for among everybody's.
create index mail_account_in_trouble on mail_account (id) where state in ('error', 'needs_reauthentication');
create index mail_outbox_in_trouble on mail_outbox (id) where state in ('failed', 'unknown', 'queued');
create index webhook_delivery_all_dead on webhook_delivery (id) where state = 'dead';
