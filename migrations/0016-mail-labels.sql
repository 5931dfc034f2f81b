-- What owners say about messages: labels, pins, snoozes, muted threads and blocked senders.

create table mail_label (
  owner_id uuid not null references principal (id),
  id uuid not null,
  name text not null,
  -- #rrggbb
  color text not null,
  -- The IMAP keyword that stands for it on servers which keep keywords (RFC 3501 §2.3.2).
  keyword text not null,
  created_at timestamptz not null default now(),
  primary key (owner_id, id)
);
create unique index mail_label_by_name on mail_label (owner_id, lower(name));
create unique index mail_label_by_keyword on mail_label (owner_id, lower(keyword));

-- Which messages have a label. Where the server keeps labels, triggers derive these rows from what is stored of it;
-- where it keeps none, they are all there is. `received_at` is that of the place by which lists are sorted.
create table mail_message_label (
  owner_id uuid not null,
  message_id uuid not null,
  label_id uuid not null,
  received_at timestamptz not null,
  primary key (owner_id, message_id, label_id)
) partition by hash (owner_id);
select create_owner_partitions('mail_message_label');
create index mail_message_label_list on mail_message_label (owner_id, label_id, received_at desc, message_id desc);

-- Whether the server keeps any keyword for this folder's messages: PERMANENTFLAGS with \* (RFC 3501 §7.1).
alter table mail_folder add column keeps_keywords boolean not null default true;
-- Whether the server's folders are labels (X-GM-EXT-1): a message lies in the folder of each of its labels.
alter table mail_account add column folders_are_labels boolean not null default false;

-- `snoozed`: shown here and unknown to the server, where its messages stay in the folder from which they were put off.
alter table mail_folder drop constraint mail_folder_role_check;
alter table mail_folder add constraint mail_folder_role_check
  check (role in ('inbox', 'sent', 'drafts', 'archive', 'junk', 'trash', 'all', 'flagged', 'important', 'snoozed'));

alter table mail_message
  add column pinned_at timestamptz,
  -- When it comes back from the folder `snoozed`.
  add column snoozed_until timestamptz;
create index mail_message_pinned on mail_message (owner_id, pinned_at desc) where pinned_at is not null;
create index mail_message_snoozed on mail_message (snoozed_until) where snoozed_until is not null;

-- Later arrivals of these threads skip the inbox.
create table mail_muted_thread (
  owner_id uuid not null references principal (id),
  thread_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (owner_id, thread_id)
);

-- Later arrivals from these go into Junk. `sender` is an address, or a domain with its subdomains, in lower case.
create table mail_blocked_sender (
  owner_id uuid not null references principal (id),
  id uuid not null,
  sender text not null,
  created_at timestamptz not null default now(),
  primary key (owner_id, id),
  unique (owner_id, sender)
);

-- Rows of mail_message_label follow the places in the same transaction, whoever writes them.
create function mail_label_places() returns trigger language plpgsql as $$
begin
  -- Most owners have no labels, and their mail is to be stored as quickly as before.
  if tg_op <> 'DELETE' then
    if not exists (select from mail_label where owner_id in (select owner_id from added)) then return null; end if;
  elsif not exists (select from mail_label where owner_id in (select owner_id from removed)) then
    return null;
  end if;
  if tg_op <> 'INSERT' then
    -- What a place has no more, unless another place of the message still has it.
    delete from mail_message_label as labelled
    using (
      select place.owner_id, place.message_id, label.id as label_id
      from removed as place cross join lateral unnest(place.keywords) as word
      join mail_label as label on label.owner_id = place.owner_id and lower(label.keyword) = lower(word)
      where place.gone_at is null
      union
      select place.owner_id, place.message_id, label.id
      from removed as place
      join mail_account as account on account.owner_id = place.owner_id and account.id = place.mail_account_id
        and account.folders_are_labels
      join mail_folder as folder on folder.owner_id = place.owner_id and folder.id = place.folder_id
      join mail_label as label on label.owner_id = place.owner_id and lower(label.name) = lower(folder.path)
      where place.gone_at is null
    ) as lost
    where labelled.owner_id = lost.owner_id and labelled.message_id = lost.message_id
      and labelled.label_id = lost.label_id
      and not exists (
        select from mail_location as other
        join mail_label as label on label.owner_id = other.owner_id and label.id = lost.label_id
        where other.owner_id = lost.owner_id and other.message_id = lost.message_id and other.gone_at is null
          and (exists (select from unnest(other.keywords) as word where lower(word) = lower(label.keyword))
            or exists (select from mail_folder as folder
              join mail_account as account on account.owner_id = folder.owner_id
                and account.id = folder.mail_account_id and account.folders_are_labels
              where folder.owner_id = other.owner_id and folder.id = other.folder_id
                and lower(folder.path) = lower(label.name)))
      );
  end if;
  if tg_op <> 'DELETE' then
    insert into mail_message_label as labelled (owner_id, message_id, label_id, received_at)
    select gained.owner_id, gained.message_id, gained.label_id, max(gained.received_at)
    from (
      select place.owner_id, place.message_id, label.id as label_id, place.received_at
      from added as place cross join lateral unnest(place.keywords) as word
      join mail_label as label on label.owner_id = place.owner_id and lower(label.keyword) = lower(word)
      where place.gone_at is null
      union all
      select place.owner_id, place.message_id, label.id, place.received_at
      from added as place
      join mail_account as account on account.owner_id = place.owner_id and account.id = place.mail_account_id
        and account.folders_are_labels
      join mail_folder as folder on folder.owner_id = place.owner_id and folder.id = place.folder_id
      join mail_label as label on label.owner_id = place.owner_id and lower(label.name) = lower(folder.path)
      where place.gone_at is null
    ) as gained
    group by 1, 2, 3
    order by 1, 2, 3
    on conflict (owner_id, message_id, label_id) do update set received_at = excluded.received_at
      where labelled.received_at <> excluded.received_at;
  end if;
  return null;
end $$;
create trigger mail_location_labels_added after insert on mail_location
  referencing new table as added for each statement execute function mail_label_places();
create trigger mail_location_labels_removed after delete on mail_location
  referencing old table as removed for each statement execute function mail_label_places();
create trigger mail_location_labels_changed after update on mail_location
  referencing old table as removed new table as added for each statement execute function mail_label_places();
