-- Moving in: files of messages that are put into a folder, and what was put there.

create table mail_import (
  owner_id uuid not null,
  id uuid not null,
  mail_account_id uuid not null,
  folder_id uuid not null,
  format text not null check (format in ('mbox', 'eml')),
  filename text not null default '',
  -- Whether messages that do not say it themselves are read.
  is_read boolean not null default true,
  state text not null default 'receiving'
    check (state in ('receiving', 'queued', 'running', 'done', 'failed', 'cancelled')),
  -- Of the file: all of it, once that is known; what is here; and how far it is read, which is where a message begins.
  size_bytes bigint,
  received_bytes bigint not null default 0,
  read_bytes bigint not null default 0,
  imported_count int not null default 0,
  -- What the folder had already.
  skipped_count int not null default 0,
  failed_count int not null default 0,
  -- The first 100: [{ position, subject, reason }]
  failures jsonb not null default '[]',
  error_code text,
  error_message text,
  attempts smallint not null default 0,
  next_attempt_at timestamptz not null default now(),
  -- Who works on it, and until when that claim holds.
  claimed_by uuid,
  claimed_until timestamptz,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (owner_id, id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
create index mail_import_list on mail_import (owner_id, created_at desc, id desc);
create index mail_import_due on mail_import (next_attempt_at) where state in ('queued', 'running');
create index mail_import_finished on mail_import (finished_at) where finished_at is not null;
create index mail_import_waiting on mail_import (created_at) where state = 'receiving';

-- The file as it came, piece by piece, each an object of its own until it was read.
create table mail_import_piece (
  owner_id uuid not null,
  import_id uuid not null,
  start_byte bigint not null,
  size_bytes bigint not null,
  object text not null,
  primary key (owner_id, import_id, start_byte),
  foreign key (owner_id, import_id) references mail_import (owner_id, id) on delete cascade
);

-- What was put into a folder, by its content: noted before it goes to the server, so that nothing is put there twice.
create table mail_imported_message (
  owner_id uuid not null,
  folder_id uuid not null,
  content_hash bytea not null,
  import_id uuid not null,
  -- Where it begins in its file.
  position bigint not null,
  message_id_header text collate "C",
  size_bytes bigint not null,
  state text not null default 'appending' check (state in ('appending', 'done')),
  -- The folder's UIDVALIDITY, and its UIDNEXT before: what is found from there on can be this message.
  uidvalidity bigint not null,
  uidnext bigint not null,
  -- Null where the server does not tell (RFC 4315).
  uid bigint,
  created_at timestamptz not null default now(),
  primary key (owner_id, folder_id, content_hash),
  foreign key (owner_id, folder_id) references mail_folder (owner_id, id) on delete cascade
);
create index mail_imported_message_by_header on mail_imported_message (owner_id, folder_id, message_id_header);
create index mail_imported_message_open on mail_imported_message (owner_id, import_id) where state = 'appending';
