-- A mailbox of 20,000 messages fills 170 MB of this list. With room for that its words are merged once, after all of
-- them can be found, instead of halfway, when everything waits for it.
do $$
declare
  part regclass;
begin
  for part in select inhrelid::regclass from pg_inherits where inhparent = 'mail_search_words'::regclass loop
    execute format('alter index %s set (gin_pending_list_limit = 262144)', part);
  end loop;
end $$;
