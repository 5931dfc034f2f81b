-- What the sync of a mail account fetched on one day (UTC): providers limit it, Gmail to 2,500 MB.
create table mail_traffic (
  owner_id uuid not null,
  mail_account_id uuid not null,
  day date not null,
  bytes bigint not null,
  primary key (owner_id, mail_account_id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
