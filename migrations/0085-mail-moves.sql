-- Mail accounts on their way to another owner: into a mailbox of their own when they are lent, or to somebody else.

create table mail_move (
  owner_id uuid not null,
  mail_account_id uuid not null,
  to_owner_id uuid not null,
  error_code text,
  created_at timestamptz not null default now(),
  primary key (owner_id, mail_account_id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
