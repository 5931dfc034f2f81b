-- Deletions that wait for their undo window, moves between accounts, and messages that come back from a snooze.

alter table mail_location
  -- Its owner took the message away from here for good: hidden (`gone_at`), and kept until the server has been told.
  add column is_deleted boolean not null default false,
  add constraint mail_location_deleted_is_hidden check (not is_deleted or gone_at is not null);

alter table mail_message
  -- When it last came back from a snooze: its places are sorted by that, above what came before.
  add column returned_at timestamptz;
create index mail_message_returned on mail_message (owner_id, thread_id) where returned_at is not null;

-- append: { folder_id, source_message_id, source_account_id, is_move, erase_at }: the operation of the account into
-- which a message comes from another one. Only when it is confirmed is the original deleted.
alter table mail_remote_op drop constraint mail_remote_op_kind_check;
alter table mail_remote_op add constraint mail_remote_op_kind_check
  check (kind in ('set_flags', 'move', 'delete', 'copy', 'set_labels', 'append'));
