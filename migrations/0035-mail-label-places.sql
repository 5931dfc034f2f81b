-- A label whose folder is being renamed on its server is known by its new name at once: folders are compared with labels
-- by the paths at which their owner sees them.

create or replace function mail_label_places() returns trigger language plpgsql as $$
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
      join mail_label as label on label.owner_id = place.owner_id
        and lower(label.name) = lower(coalesce(folder.shown_path, folder.path))
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
                and lower(coalesce(folder.shown_path, folder.path)) = lower(label.name)))
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
      join mail_label as label on label.owner_id = place.owner_id
        and lower(label.name) = lower(coalesce(folder.shown_path, folder.path))
      where place.gone_at is null
    ) as gained
    group by 1, 2, 3
    order by 1, 2, 3
    on conflict (owner_id, message_id, label_id) do update set received_at = excluded.received_at
      where labelled.received_at <> excluded.received_at;
  end if;
  return null;
end $$;
