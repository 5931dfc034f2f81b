-- Conversations. A thread is the messages that share a thread_id, and nothing else is kept of it: its counts are read
-- from them and from their places, so that no deletion, move or flag can ever make them wrong.

alter table mail_message
  -- Ids are compared byte by byte, which is all that is ever asked of them, and several times as quick.
  alter column message_id_header type text collate "C",
  -- Null for what was stored by a release without threads: it stands for itself until its account is synced again.
  add column thread_id uuid,
  -- X-GM-THRID, or THREADID of RFC 8474: where the server threads its mail, its word counts alone.
  add column server_thread_id text,
  -- The month and a hash of the subject without its prefixes; null when nothing is left of it, or when the server
  -- threads. The month comes first, so that old mail, listed from the newest on, fills the index page by page.
  add column subject_key uuid,
  -- A reply by its subject that names no message: it is joined by that subject.
  add column is_bare_reply boolean not null default false;
create index mail_message_by_thread on mail_message (owner_id, thread_id, received_at) where thread_id is not null;
create index mail_message_by_subject on mail_message (owner_id, mail_account_id, subject_key)
  where subject_key is not null;
create index mail_message_bare_reply on mail_message (owner_id, mail_account_id, subject_key) where is_bare_reply;
create index mail_message_unthreaded on mail_message (owner_id, mail_account_id, id) where thread_id is null;

-- In which thread those belong that a message named by In-Reply-To or References: its ancestors, whenever they come,
-- and whoever names the same. A message's own Message-ID is found by mail_message_by_header.
create table mail_thread_reference (
  owner_id uuid not null,
  mail_account_id uuid not null,
  reference_hash uuid not null,
  thread_id uuid not null,
  primary key (owner_id, mail_account_id, reference_hash)
) partition by hash (owner_id);
select create_owner_partitions('mail_thread_reference');
create index mail_thread_reference_by_thread on mail_thread_reference (owner_id, thread_id);
