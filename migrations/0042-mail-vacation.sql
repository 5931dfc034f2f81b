-- What is answered while somebody is away.

create table mail_vacation (
  owner_id uuid not null,
  mail_account_id uuid not null,
  is_enabled boolean not null,
  -- From the first until before the second; null: no end.
  starts_at timestamptz not null,
  ends_at timestamptz,
  -- Empty: made of the subject that is answered.
  subject text not null default '',
  text_body text,
  html_body text,
  -- A sender is answered once in this many days.
  repeat_days int not null check (repeat_days between 1 and 365),
  updated_at timestamptz not null default now(),
  primary key (owner_id, mail_account_id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);

-- Who was answered when, in lower case.
create table mail_vacation_reply (
  owner_id uuid not null,
  mail_account_id uuid not null,
  sender text not null,
  replied_at timestamptz not null default now(),
  primary key (owner_id, mail_account_id, sender),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
