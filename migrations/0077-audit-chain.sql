-- The audit log shows when somebody changed it behind ultid: the entries of each person concerned are a chain of hashes.

-- Where the chain of a person's entries ends, and how much of its beginning was removed for its age.
create table audit_head (
  owner_id uuid primary key,
  seq bigint not null,
  hash bytea not null,
  removed_seq bigint not null default 0
);

-- Entries from before this have none of the three.
alter table audit_entry
  add column seq bigint,
  -- The hash of the entry before, empty for the first one.
  add column previous_hash bytea,
  add column hash bytea;

create index audit_entry_by_id on audit_entry (id);
create index audit_entry_by_actor on audit_entry (actor_id, id) where actor_id is not null;
create index audit_entry_by_action on audit_entry (action text_pattern_ops, id);

-- SHA-256 over all that an entry says, times in microseconds whatever the zone of the session.
create function audit_entry_hash(entry audit_entry) returns bytea language sql stable as $$
  select sha256(entry.previous_hash || convert_to(jsonb_build_array(
    entry.owner_id, entry.seq, entry.id, entry.actor_id, entry.action, entry.target, entry.outcome, host(entry.address),
    entry.user_agent, entry.details, (extract(epoch from entry.at) * 1000000)::bigint)::text, 'UTF8'))
$$;

-- Writers of one chain wait for one another, from here to the end of their transactions.
create function audit_entry_chain() returns trigger language plpgsql as $$
declare
  head audit_head;
begin
  insert into audit_head (owner_id, seq, hash) values (new.owner_id, 0, '') on conflict do nothing;
  select * into strict head from audit_head where owner_id = new.owner_id for update;
  new.seq := head.seq + 1;
  new.previous_hash := head.hash;
  new.hash := audit_entry_hash(new);
  update audit_head set seq = new.seq, hash = new.hash where owner_id = new.owner_id;
  return new;
end $$;
create trigger audit_entry_chain before insert on audit_entry for each row execute function audit_entry_chain();

create or replace function audit_entry_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and old.at < now() - interval '365 days' then
    update audit_head set removed_seq = greatest(removed_seq, old.seq) where owner_id = old.owner_id and old.seq is not null;
    return old;
  end if;
  raise exception 'audit entries are kept as they are for a year' using errcode = 'insufficient_privilege';
end $$;
