-- Writing: as whom people write, what they begin with, what they have not sent yet, and the files that go with it.

-- As whom somebody writes from an account: under its own address or an alias of it.
create table mail_identity (
  owner_id uuid not null,
  id uuid not null,
  mail_account_id uuid not null,
  name text not null default '',
  email text not null,
  -- [{ name, email }]
  reply_to jsonb not null default '[]',
  signature_text text not null default '',
  signature_html text not null default '',
  is_default boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (owner_id, id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
create unique index mail_identity_default on mail_identity (owner_id, mail_account_id) where is_default;
create index mail_identity_by_account on mail_identity (owner_id, mail_account_id, id);

-- Every account begins with one identity, whose id is the account's own. It follows the account's name for as long as
-- it bears it.
insert into mail_identity (owner_id, id, mail_account_id, name, email, is_default)
select owner_id, id, id, name, email, true from mail_account;

create function mail_account_identity() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into mail_identity (owner_id, id, mail_account_id, name, email, is_default)
    values (new.owner_id, new.id, new.id, new.name, new.email, true);
  else
    update mail_identity set name = new.name, updated_at = now()
    where owner_id = new.owner_id and id = new.id and name = old.name;
  end if;
  return null;
end $$;
create trigger mail_account_identity_made after insert on mail_account
  for each row execute function mail_account_identity();
create trigger mail_account_identity_renamed after update of name on mail_account
  for each row when (old.name is distinct from new.name) execute function mail_account_identity();

-- What a message may begin as; {{variables}} in it are filled when it is used.
create table mail_template (
  owner_id uuid not null references principal (id),
  id uuid not null,
  name text not null,
  subject text not null default '',
  text_body text,
  html_body text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (owner_id, id)
);
create unique index mail_template_by_name on mail_template (owner_id, lower(name));

-- Messages that are not sent yet.
create table mail_draft (
  owner_id uuid not null,
  id uuid not null,
  -- Drawn anew by every change: its ETag.
  revision uuid not null,
  mail_account_id uuid not null,
  -- Null, or one that is gone, stands for the account's default.
  identity_id uuid,
  -- [{ name, email }]; addresses may be unfinished.
  to_recipients jsonb not null default '[]',
  cc_recipients jsonb not null default '[]',
  bcc_recipients jsonb not null default '[]',
  subject text not null default '',
  text_body text,
  html_body text,
  preview text not null default '',
  -- [{ id, object, filename, contentType, sizeBytes, contentId }]
  attachments jsonb not null default '[]',
  -- [{ contentType, content }], made by other modules.
  parts jsonb not null default '[]',
  in_reply_to text,
  reference_headers text[] not null default '{}',
  -- The message that it answers or forwards.
  origin_message_id uuid,
  origin_act text check (origin_act in ('reply', 'forward')),
  -- The message in the Drafts folder that holds its text and attachments, as long as nobody has opened it here.
  unread_message_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (owner_id, id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
create index mail_draft_list on mail_draft (owner_id, updated_at desc, id desc);
create index mail_draft_by_account on mail_draft (owner_id, mail_account_id, updated_at desc, id desc);
create index mail_draft_objects on mail_draft using gin (attachments jsonb_path_ops);

-- The copy of a draft in its account's Drafts folder. The node that syncs the account makes it what it is to be; the
-- row outlives the draft until its copy is gone from the server too.
create table mail_draft_copy (
  owner_id uuid not null,
  mail_account_id uuid not null,
  draft_id uuid not null,
  -- The revision that is to lie there; null when none is to.
  wanted_revision uuid,
  stored_revision uuid,
  -- Where the server has the stored one, and the Message-ID that it bears.
  folder_id uuid,
  uidvalidity bigint,
  uid bigint,
  message_id_header text,
  -- Recorded before the server is told to take another one: by its Message-ID it is found again after a crash.
  appending_revision uuid,
  appending_header text,
  due_at timestamptz not null default now(),
  attempts smallint not null default 0,
  last_error text,
  primary key (owner_id, mail_account_id, draft_id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
create index mail_draft_copy_due on mail_draft_copy (owner_id, mail_account_id, due_at)
  where wanted_revision is distinct from stored_revision;
create index mail_draft_copy_by_place on mail_draft_copy (owner_id, folder_id, uidvalidity, uid);

-- Files that were brought here to be attached. Those of one owner with the same bytes share an object.
create table mail_blob (
  owner_id uuid not null references principal (id),
  sha256 bytea not null,
  -- The key of the object that holds the bytes.
  object text not null,
  size_bytes bigint not null,
  created_at timestamptz not null default now(),
  primary key (owner_id, sha256)
);
create unique index mail_blob_by_object on mail_blob (owner_id, object);

create table mail_upload (
  owner_id uuid not null references principal (id),
  id uuid not null,
  filename text not null,
  content_type text not null,
  state text not null default 'waiting' check (state in ('waiting', 'receiving', 'stored', 'failed')),
  -- How much was announced, or is there; null as long as nobody knows.
  size_bytes bigint,
  received_bytes bigint not null default 0,
  object text,
  created_at timestamptz not null default now(),
  -- What nothing uses is removed from then on.
  expires_at timestamptz not null,
  primary key (owner_id, id)
);
create index mail_upload_by_expiry on mail_upload (expires_at);
create index mail_upload_by_object on mail_upload (owner_id, object) where object is not null;

-- The files of messages that can still be changed or taken back are in use.
create index mail_outbox_objects on mail_outbox using gin ((composition -> 'attachments') jsonb_path_ops)
  where composition is not null;
