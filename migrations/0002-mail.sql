-- Mail: connected accounts, their folders and messages as last seen on the server, pending writes, and the outbox.

-- Words without accents and without stemming, the same for every language.
create text search configuration ulti_words (copy = pg_catalog.simple);
alter text search configuration ulti_words
  alter mapping for asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart, email, host, url, url_path, file
  with unaccent, simple;

create table mail_account (
  owner_id uuid not null references principal (id),
  id uuid not null,
  email text not null,
  name text not null default '',
  -- { host, port, security: tls | starttls | none, username }
  imap jsonb not null,
  smtp jsonb not null,
  -- AES-256-GCM by the key ring, bound to this row's id.
  imap_secret text not null,
  smtp_secret text not null,
  state text not null default 'connecting'
    check (state in ('connecting', 'syncing', 'synced', 'error', 'needs_reauthentication')),
  error_code text,
  error_message text,
  throttled_until timestamptz,
  -- Messages listed and still to list in the first sync of all folders.
  backfill_done int not null default 0,
  backfill_total int not null default 0,
  last_synced_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (owner_id, id)
);
create unique index mail_account_once on mail_account (owner_id, lower(email), (imap ->> 'host'), (imap ->> 'username'));

-- Who syncs an account. The epoch grows with every claim; each commit of a sync checks it.
create table mail_lease (
  owner_id uuid not null,
  mail_account_id uuid not null,
  node_id uuid,
  epoch bigint not null default 0,
  expires_at timestamptz not null default '-infinity',
  primary key (owner_id, mail_account_id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
create index mail_lease_by_expiry on mail_lease (expires_at);

create table mail_folder (
  owner_id uuid not null,
  id uuid not null,
  mail_account_id uuid not null,
  path text not null,
  name text not null,
  delimiter text,
  role text check (role in ('inbox', 'sent', 'drafts', 'archive', 'junk', 'trash', 'all', 'flagged', 'important')),
  is_selectable boolean not null default true,
  uidvalidity bigint,
  -- The server's UIDNEXT and HIGHESTMODSEQ up to which everything is stored (RFC 3501 §2.3.1.1, RFC 7162 §3.1.2.1).
  uidnext bigint,
  highestmodseq numeric(20),
  -- UIDs below this are not listed yet; 1 when all are, null before the first listing.
  backfill_low bigint,
  total_count int not null default 0,
  unread_count int not null default 0,
  failed_selects int not null default 0,
  parked_until timestamptz,
  created_at timestamptz not null default now(),
  primary key (owner_id, id),
  unique (owner_id, mail_account_id, path),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);

-- The narrow row that lists show, and what a reader needs before the body is there.
create table mail_message (
  owner_id uuid not null,
  id uuid not null,
  mail_account_id uuid not null,
  -- The Message-ID header (RFC 5322 §3.6.4): a hint, never a key.
  message_id_header text,
  in_reply_to text,
  reference_headers text[] not null default '{}',
  -- EMAILID (RFC 8474) or X-GM-MSGID: the server's own stable identity, where it has one.
  server_email_id text,
  subject text not null default '',
  from_name text not null default '',
  from_email text not null default '',
  -- { to, cc, bcc, reply_to }: [{ name, email }]
  recipients jsonb not null default '{}',
  -- The Date header; received_at is INTERNALDATE, by which lists are sorted.
  sent_at timestamptz,
  received_at timestamptz not null,
  size_bytes bigint not null default 0,
  has_attachments boolean not null default false,
  -- The flattened BODYSTRUCTURE: [{ part, type, encoding, charset, size, disposition, filename, cid }]
  parts jsonb not null default '[]',
  preview text not null default '',
  body_state text not null default 'pending' check (body_state in ('pending', 'attempted', 'stored', 'failed')),
  body_attempts smallint not null default 0,
  created_at timestamptz not null default now(),
  primary key (owner_id, id)
) partition by hash (owner_id);
select create_owner_partitions('mail_message');
create index mail_message_pending_body on mail_message (owner_id, mail_account_id, received_at desc)
  where body_state in ('pending', 'attempted');
create index mail_message_by_header on mail_message (owner_id, mail_account_id, message_id_header)
  where message_id_header is not null;
create index mail_message_by_email_id on mail_message (owner_id, mail_account_id, server_email_id)
  where server_email_id is not null;

-- Where a message lies on the server. `shown_folder_id` is where its owner sees it: it differs from `folder_id` while
-- a move is on its way. Flags are those that the owner sees.
create table mail_location (
  owner_id uuid not null,
  folder_id uuid not null,
  uidvalidity bigint not null,
  uid bigint not null,
  mail_account_id uuid not null,
  message_id uuid not null,
  shown_folder_id uuid not null,
  received_at timestamptz not null,
  is_read boolean not null default false,
  is_starred boolean not null default false,
  is_answered boolean not null default false,
  is_draft boolean not null default false,
  keywords text[] not null default '{}',
  modseq numeric(20),
  -- Set when the server no longer shows it; the row stays a while, so that a move is seen as one.
  gone_at timestamptz,
  primary key (owner_id, folder_id, uidvalidity, uid)
) partition by hash (owner_id);
select create_owner_partitions('mail_location');
create index mail_location_by_message on mail_location (owner_id, message_id);
create index mail_location_list on mail_location (owner_id, shown_folder_id, received_at desc, message_id desc)
  where gone_at is null;
create index mail_location_unread on mail_location (owner_id, shown_folder_id, received_at desc, message_id desc)
  where gone_at is null and not is_read;
create index mail_location_starred on mail_location (owner_id, shown_folder_id, received_at desc, message_id desc)
  where gone_at is null and is_starred;
create index mail_location_gone on mail_location (owner_id, mail_account_id, gone_at) where gone_at is not null;

create table mail_body (
  owner_id uuid not null,
  message_id uuid not null,
  -- Decoded, at most 600,000 characters each; html as it came, sanitised when it is shown.
  text_body text,
  html_body text,
  is_truncated boolean not null default false,
  fetched_at timestamptz not null default now(),
  primary key (owner_id, message_id)
) partition by hash (owner_id);
select create_owner_partitions('mail_body');

create table mail_search (
  owner_id uuid not null,
  message_id uuid not null,
  mail_account_id uuid not null,
  received_at timestamptz not null,
  words tsvector not null,
  primary key (owner_id, message_id)
) partition by hash (owner_id);
select create_owner_partitions('mail_search');
create index mail_search_words on mail_search using gin (owner_id, words);
create index mail_search_by_date on mail_search (owner_id, received_at desc, message_id desc);

-- Writes to the server that are shown already but not confirmed: they beat whatever a pull says.
create table mail_remote_op (
  owner_id uuid not null,
  id uuid not null,
  -- The order in which they are executed. Drawn under the lock of the message's place, so that two nodes whose clocks
  -- differ can't swap two changes of one message, as their ids could.
  seq bigint generated always as identity,
  mail_account_id uuid not null,
  message_id uuid not null,
  kind text not null check (kind in ('set_flags', 'move', 'delete')),
  -- set_flags: { add: [..], remove: [..] }; move: { folder_id, from_folder_id }
  change jsonb not null,
  state text not null default 'pending' check (state in ('pending', 'running', 'failed')),
  attempts smallint not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  created_at timestamptz not null default now(),
  primary key (owner_id, id)
);
create index mail_remote_op_by_account on mail_remote_op (owner_id, mail_account_id, seq);
create index mail_remote_op_by_message on mail_remote_op (owner_id, message_id);

-- Mail to be sent. The MIME and the Message-ID are made once and kept; nothing here is ever sent twice unasked.
create table mail_outbox (
  owner_id uuid not null,
  id uuid not null,
  mail_account_id uuid not null,
  message_id_header text not null,
  subject text not null default '',
  envelope_from text not null,
  -- [{ email, state: queued | accepted | refused, response }]
  recipients jsonb not null,
  mime_object text not null,
  size_bytes bigint not null,
  state text not null default 'queued'
    check (state in ('held', 'queued', 'transmitting', 'sent', 'failed', 'unknown')),
  not_before timestamptz not null default now(),
  attempts smallint not null default 0,
  next_attempt_at timestamptz not null default now(),
  -- Who transmits, and until when that claim holds.
  claimed_by uuid,
  claimed_until timestamptz,
  last_response text,
  sent_at timestamptz,
  sent_copy_state text not null default 'pending' check (sent_copy_state in ('pending', 'appending', 'done', 'skipped')),
  created_at timestamptz not null default now(),
  primary key (owner_id, id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
create index mail_outbox_due on mail_outbox (next_attempt_at) where state in ('queued', 'transmitting');
create index mail_outbox_sent_copy_due on mail_outbox (next_attempt_at) where state = 'sent' and sent_copy_state in ('pending', 'appending');
create index mail_outbox_waiting on mail_outbox (state) where state in ('held', 'unknown');
create index mail_outbox_list on mail_outbox (owner_id, created_at desc, id desc);

-- A folder's counts follow its locations in the same transaction, whoever writes them: they are never counted when read.
create function mail_folder_recount() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    update mail_folder as folder
    set total_count = folder.total_count + change.total, unread_count = folder.unread_count + change.unread
    from (
      select owner_id, shown_folder_id, count(*)::int as total, (count(*) filter (where not is_read))::int as unread
      from added where gone_at is null group by owner_id, shown_folder_id order by shown_folder_id
    ) as change
    where folder.owner_id = change.owner_id and folder.id = change.shown_folder_id;
  elsif tg_op = 'DELETE' then
    update mail_folder as folder
    set total_count = folder.total_count - change.total, unread_count = folder.unread_count - change.unread
    from (
      select owner_id, shown_folder_id, count(*)::int as total, (count(*) filter (where not is_read))::int as unread
      from removed where gone_at is null group by owner_id, shown_folder_id order by shown_folder_id
    ) as change
    where folder.owner_id = change.owner_id and folder.id = change.shown_folder_id;
  else
    update mail_folder as folder
    set total_count = folder.total_count + change.total, unread_count = folder.unread_count + change.unread
    from (
      select owner_id, shown_folder_id, sum(total)::int as total, sum(unread)::int as unread
      from (
        select owner_id, shown_folder_id, 1 as total, (not is_read)::int as unread from added where gone_at is null
        union all
        select owner_id, shown_folder_id, -1, -(not is_read)::int from removed where gone_at is null
      ) as one
      group by owner_id, shown_folder_id
      having sum(total) <> 0 or sum(unread) <> 0
      order by shown_folder_id
    ) as change
    where folder.owner_id = change.owner_id and folder.id = change.shown_folder_id;
  end if;
  return null;
end $$;
create trigger mail_location_added after insert on mail_location
  referencing new table as added for each statement execute function mail_folder_recount();
create trigger mail_location_removed after delete on mail_location
  referencing old table as removed for each statement execute function mail_folder_recount();
create trigger mail_location_changed after update on mail_location
  referencing old table as removed new table as added for each statement execute function mail_folder_recount();
