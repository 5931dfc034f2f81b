-- New mail, and who is still to look at it.

-- Who wants to hear of an owner's new mail. Nothing is noted for owners without such a row.
create table mail_arrival_interest (
  owner_id uuid not null references principal (id),
  consumer text not null,
  -- Hears of a message once its body is stored.
  waits_for_body boolean not null default false,
  expires_at timestamptz not null default 'infinity',
  primary key (owner_id, consumer)
);

-- A message that arrived and that a consumer has not seen to yet: gone in the transaction in which it does.
create table mail_arrival (
  owner_id uuid not null,
  consumer text not null,
  message_id uuid not null,
  mail_account_id uuid not null,
  -- Where it arrived.
  folder_id uuid not null,
  attempts smallint not null default 0,
  next_attempt_at timestamptz not null,
  arrived_at timestamptz not null default now(),
  primary key (owner_id, consumer, message_id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
create index mail_arrival_due on mail_arrival (next_attempt_at);
create index mail_arrival_by_message on mail_arrival (owner_id, message_id);
