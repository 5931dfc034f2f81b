-- Sending at leisure: a message can be taken back or changed until it leaves, and its sender hears what became of it.

alter table mail_outbox
  -- An automatic reply is nobody's letter: it is not listed, not filed in Sent, and nobody is told of its failure.
  add column kind text not null default 'message' check (kind in ('message', 'automatic_reply')),
  -- What the MIME was made of, as long as it can still be changed, or given back as a draft.
  add column composition jsonb,
  -- The draft that it was; undoing brings it back.
  add column draft_id uuid,
  -- Holds bytes beyond ASCII: servers are told so (RFC 6152).
  add column is_8bit boolean not null default false,
  -- When to remind of a message that nobody answered.
  add column follow_up_at timestamptz,
  add column follow_up_state text check (follow_up_state in ('waiting', 'answered', 'due')),
  -- A notice for its sender's inbox, of recipients whom it cannot reach.
  add column notice_state text not null default 'none' check (notice_state in ('none', 'pending', 'appending', 'done'));

-- What is held becomes due as what is queued does.
drop index mail_outbox_due;
create index mail_outbox_due on mail_outbox (next_attempt_at) where state in ('held', 'queued', 'transmitting');
create index mail_outbox_due_by_account on mail_outbox (owner_id, mail_account_id, next_attempt_at)
  where state in ('held', 'queued', 'transmitting');
drop index mail_outbox_sent_copy_due;
create index mail_outbox_filing_due on mail_outbox (owner_id, mail_account_id, next_attempt_at)
  where (state = 'sent' and sent_copy_state in ('pending', 'appending')) or notice_state in ('pending', 'appending');
-- What became of a message is told by mail that names it: bounces and answers.
create index mail_outbox_by_header on mail_outbox (owner_id, message_id_header);
create index mail_outbox_follow_up on mail_outbox (follow_up_at) where follow_up_state = 'waiting';
-- Lists of what is not done yet, or never will be.
create index mail_outbox_open on mail_outbox (owner_id, created_at desc, id desc) where state <> 'sent';

-- What a provider lets an account send: two buckets of tokens, filled as time passes. Only accounts of providers with
-- known limits have a row.
create table mail_send_allowance (
  owner_id uuid not null,
  mail_account_id uuid not null,
  -- Messages of the minute and recipients of the day that are left, as of `counted_at`; below zero after a message to
  -- more recipients than were left.
  minute_tokens double precision not null,
  day_tokens double precision not null,
  counted_at timestamptz not null default now(),
  primary key (owner_id, mail_account_id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
