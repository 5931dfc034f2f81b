-- The outbox makes the MIME of a message when it is first to be transmitted, and hears what becomes of it afterwards.

alter table mail_outbox
  alter column mime_object drop not null,
  alter column size_bytes drop not null,
  -- The MIME, made once and kept: a small one here, a large one in the object `mime_object`.
  add column mime bytea,
  -- An address of it has a local part beyond ASCII (RFC 6531).
  add column requires_smtputf8 boolean not null default false,
  -- Since when it has been tried; waiting for its time, or for its provider's limits, is no try.
  add column tried_since timestamptz,
  -- Since when its copy for Sent, or the notice of its failure, is to be filed.
  add column filing_since timestamptz,
  -- What was reported after it was sent, by recipient.
  add column reports jsonb not null default '{}';
alter table mail_outbox alter column mime set storage external;

-- Whose content is not needed any more.
create index mail_outbox_content on mail_outbox (filing_since)
  where state = 'sent' and (mime is not null or mime_object is not null);
create index mail_outbox_automatic on mail_outbox (created_at) where kind = 'automatic_reply';

-- How long a message can be taken back after it was sent.
alter table mail_preference
  add column send_undo_seconds int not null default 10 check (send_undo_seconds between 0 and 120);
