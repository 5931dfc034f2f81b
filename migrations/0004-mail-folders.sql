-- What owners decide about mail accounts and folders: pauses, how much of a folder is synced, folders that are made,
-- renamed and deleted.

alter table mail_account drop constraint mail_account_state_check;
alter table mail_account add constraint mail_account_state_check
  check (state in ('connecting', 'syncing', 'synced', 'paused', 'error', 'needs_reauthentication'));

-- headers_only: its folder is synced without bodies; fetched when somebody opens it.
alter table mail_message drop constraint mail_message_body_state_check;
alter table mail_message add constraint mail_message_body_state_check
  check (body_state in ('pending', 'attempted', 'stored', 'failed', 'headers_only'));

alter table mail_folder
  -- Where its owner sees it, while a change of its name is on its way; null when that is `path`.
  add column shown_path text,
  -- False while its creation is on its way; `path` is then what is asked for.
  add column is_on_server boolean not null default true,
  -- Its owner deleted it: shown nowhere, and gone as soon as the server says so.
  add column is_deleted boolean not null default false,
  add column is_subscribed boolean not null default true,
  add column sync text not null default 'all' check (sync in ('all', 'listing', 'none')),
  -- MAILBOXID (RFC 8474): survives a change of name, where the server has it.
  add column server_mailbox_id text;

-- Changes of folders that are shown already but not confirmed. Those of one account are executed one by one, in the
-- order of `seq`: each may stand on the one before.
create table mail_folder_op (
  owner_id uuid not null,
  id uuid not null,
  seq bigint generated always as identity,
  mail_account_id uuid not null,
  folder_id uuid not null,
  kind text not null check (kind in ('create', 'rename', 'delete', 'subscribe')),
  -- create, rename: { parent_id, prefix, name }; delete: {}; subscribe: { is_subscribed }
  change jsonb not null,
  state text not null default 'pending' check (state in ('pending', 'running')),
  attempts smallint not null default 0,
  next_attempt_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  primary key (owner_id, id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
create index mail_folder_op_by_account on mail_folder_op (owner_id, mail_account_id, seq);
