-- What owners do to messages: writes of new kinds, acts that can be taken back, and acts on more messages than fit one
-- request.

alter table mail_remote_op drop constraint mail_remote_op_kind_check;
alter table mail_remote_op add constraint mail_remote_op_kind_check
  check (kind in ('set_flags', 'move', 'delete', 'copy', 'set_labels'));
-- Their `change`: delete: { from_folder_id }; copy: { folder_id, from_folder_id, copy_id }; set_labels: { add, remove },
-- names of Gmail's labels.

-- UIDs of places that the server has not given yet: negative, in UIDVALIDITY 0.
create sequence mail_provisional_uid;

-- One act of an owner, be it on one message or on a whole folder. It can be taken back until `expires_at`.
create table mail_act (
  owner_id uuid not null references principal (id),
  id uuid not null,
  -- The order in which acts are taken back, whatever the clocks of nodes say.
  seq bigint generated always as identity,
  kind text not null,
  message_count int not null,
  expires_at timestamptz not null,
  undone_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (owner_id, id)
);
create index mail_act_latest on mail_act (owner_id, seq desc) where undone_at is null;
create index mail_act_by_expiry on mail_act (expires_at);

-- What is to be done to a message to take the act back: the members of a change, and `seen_in`, where the act left it.
create table mail_act_item (
  owner_id uuid not null,
  act_id uuid not null,
  message_id uuid not null,
  inverse jsonb not null,
  primary key (owner_id, act_id, message_id),
  foreign key (owner_id, act_id) references mail_act (owner_id, id) on delete cascade
);

-- Work on any number of messages, done in chunks by jobs: this row says how far it is.
create table mail_bulk_act (
  owner_id uuid not null references principal (id),
  id uuid not null,
  kind text not null check (kind in ('read_folder', 'empty_folder', 'adopt_label', 'rename_label', 'delete_label', 'undo')),
  -- The folder, the label or the act on which it works.
  subject_id uuid not null,
  arguments jsonb not null default '{}',
  state text not null default 'running' check (state in ('running', 'done', 'cancelled')),
  total_count int not null,
  done_count int not null default 0,
  -- The act that takes back what was done so far; null for what cannot be taken back.
  act_id uuid,
  -- Where the next chunk begins.
  cursor jsonb,
  -- When somebody last worked on it: a sweep wakes those that nobody does.
  touched_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  primary key (owner_id, id)
);
create index mail_bulk_act_by_subject on mail_bulk_act (owner_id, subject_id, created_at desc);
create index mail_bulk_act_running on mail_bulk_act (touched_at) where state = 'running';

-- An owner's choices about mail.
create table mail_preference (
  owner_id uuid not null references principal (id),
  -- How long an act can be taken back; a deletion for good waits that long.
  undo_seconds int not null default 30 check (undo_seconds between 0 and 120),
  primary key (owner_id)
);
