-- A first sync touches each message as seldom as it can: what is still to be fetched stands in narrow rows of its own, so
-- that storing a body neither moves its message in six indexes nor leaves dead entries in those by which it was found.

create table mail_pending_body (
  owner_id uuid not null,
  mail_account_id uuid not null,
  -- words: what search and previews need; html: what is shown beside the text.
  form text not null check (form in ('words', 'html')),
  -- As its message says: the newest are fetched first.
  received_at timestamptz not null,
  message_id uuid not null,
  -- Processes that died over it, and refusals of the server.
  attempts smallint not null default 0,
  primary key (owner_id, mail_account_id, form, received_at, message_id)
) partition by hash (owner_id);
select create_owner_partitions('mail_pending_body');

insert into mail_pending_body (owner_id, mail_account_id, form, received_at, message_id, attempts)
select owner_id, mail_account_id, case when body_state = 'indexed' then 'html' else 'words' end, received_at, id, body_attempts
from mail_message where body_state in ('pending', 'attempted', 'indexed');

drop index mail_message_pending_body;
drop index mail_message_pending_html;

-- Whoever inserts or deletes messages.
create function mail_pending_bodies() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into mail_pending_body (owner_id, mail_account_id, form, received_at, message_id, attempts)
    select owner_id, mail_account_id, case when body_state = 'indexed' then 'html' else 'words' end, received_at, id,
      body_attempts
    from added where body_state in ('pending', 'attempted', 'indexed');
  else
    delete from mail_pending_body as pending using removed
    where pending.owner_id = removed.owner_id and pending.mail_account_id = removed.mail_account_id
      and pending.form in ('words', 'html') and pending.received_at = removed.received_at
      and pending.message_id = removed.id;
  end if;
  return null;
end $$;
create trigger mail_message_added after insert on mail_message
  referencing new table as added for each statement execute function mail_pending_bodies();
create trigger mail_message_removed after delete on mail_message
  referencing old table as removed for each statement execute function mail_pending_bodies();

-- Room for a preview on the page of its message: no index hears of it then. Partitions are altered one by one: their
-- parent can't be.
do $$
declare
  part regclass;
begin
  for part in select inhrelid::regclass from pg_inherits where inhparent = 'mail_message'::regclass loop
    execute format('alter table %s set (fillfactor = 75)', part);
  end loop;
end $$;

-- What a process has in hand, written before it touches the first byte: when it dies over it, this is what remembers.
create table mail_sync_attempt (
  owner_id uuid not null,
  mail_account_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('listing', 'words', 'html')),
  -- listing: how many are listed at once.
  batch_size int,
  -- words, html: whose.
  message_ids uuid[],
  primary key (owner_id, mail_account_id, id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
