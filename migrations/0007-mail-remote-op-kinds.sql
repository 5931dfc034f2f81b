-- Nothing makes or executes deletions of single messages: to delete is to move into the trash.
alter table mail_remote_op drop constraint mail_remote_op_kind_check;
alter table mail_remote_op add constraint mail_remote_op_kind_check check (kind in ('set_flags', 'move'));
