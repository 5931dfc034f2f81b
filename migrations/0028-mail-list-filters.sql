-- Lists of what has attachments, as quick as those of what is unread.

alter table mail_location
  -- As its message says, which never changes: here, so that a list is cut before messages are looked up.
  add column has_attachments boolean not null default false;
update mail_location as place set has_attachments = true
from mail_message as message
where message.owner_id = place.owner_id and message.id = place.message_id and message.has_attachments;
create index mail_location_with_attachments on mail_location (owner_id, shown_folder_id, received_at desc, message_id desc)
  where gone_at is null and has_attachments;
