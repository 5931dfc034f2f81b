-- Search comes first: the words of all messages, and the HTML beside them after that.

-- indexed: its words are found and its text is stored, its HTML is still to be fetched.
alter table mail_message drop constraint mail_message_body_state_check;
alter table mail_message add constraint mail_message_body_state_check
  check (body_state in ('pending', 'attempted', 'indexed', 'stored', 'failed', 'headers_only'));
create index mail_message_pending_html on mail_message (owner_id, mail_account_id, received_at desc)
  where body_state = 'indexed';

-- Compressing these two costs more than all else that storing them does, and saves little: HTML is what is large.
alter table mail_search alter column words set storage external;
alter table mail_body alter column text_body set storage external;

-- Merging a message's words into the index costs as much as making them, and less the more are merged at once. What a
-- first sync adds waits for that in a list which searches read as well; a sweep and the end of a sync keep it short.
-- Partitions are altered one by one: their parent can't be.
do $$
declare
  part regclass;
begin
  for part in select inhrelid::regclass from pg_inherits where inhparent = 'mail_search_words'::regclass loop
    execute format('alter index %s set (gin_pending_list_limit = 131072)', part);
  end loop;
end $$;
