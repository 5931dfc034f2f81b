-- What is done with mail as it comes: rules in their order, what they did, and what they are tried on.

create table mail_rule (
  owner_id uuid not null references principal (id),
  id uuid not null,
  -- Null: for all of the owner's accounts.
  mail_account_id uuid,
  name text not null,
  -- Rules run in this order, then in that of their ids.
  position int not null,
  is_enabled boolean not null default true,
  condition jsonb not null,
  actions jsonb not null,
  -- Grows with each change of what the rule does.
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (owner_id, id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
create index mail_rule_in_order on mail_rule (owner_id, position, id);

-- A version of a rule that fitted a message, and what came of its actions: once for both, whoever comes twice.
create table mail_rule_execution (
  owner_id uuid not null,
  message_id uuid not null,
  rule_id uuid not null,
  rule_version int not null,
  cause text not null check (cause in ('arrival', 'application')),
  outcome text not null check (outcome in ('done', 'failed')),
  -- No later rule looked at the message.
  is_last boolean not null,
  -- [{ type, outcome: done | unchanged | skipped | failed, code, message }]
  actions jsonb not null,
  executed_at timestamptz not null default now(),
  primary key (owner_id, message_id, rule_id, rule_version),
  foreign key (owner_id, rule_id) references mail_rule (owner_id, id) on delete cascade
) partition by hash (owner_id);
select create_owner_partitions('mail_rule_execution');
create index mail_rule_execution_list on mail_rule_execution (owner_id, rule_id, executed_at desc, message_id desc);
create index mail_rule_execution_by_age on mail_rule_execution using brin (executed_at);

-- A version of a rule on its way through mail that is there already, newest first; or a draft of one that only looks.
create table mail_rule_pass (
  owner_id uuid not null references principal (id),
  id uuid not null,
  kind text not null check (kind in ('application', 'simulation')),
  -- The rule that is applied; null for a draft.
  rule_id uuid,
  rule_version int,
  -- The draft: { condition, actions }; null for a rule.
  draft jsonb,
  mail_account_id uuid,
  -- Where it looks; null for all folders but those of drafts, sent, junk and deleted mail.
  folder_ids uuid[],
  state text not null default 'running' check (state in ('running', 'done', 'cancelled', 'failed')),
  error_code text,
  -- Messages to look at, looked at, fitting, and fitting with an action that failed.
  total_count int not null,
  examined_count int not null default 0,
  matched_count int not null default 0,
  failed_count int not null default 0,
  -- Messages of which something could not be had that the condition asks for.
  undecided_count int not null default 0,
  -- Where it goes on: the last message that was looked at.
  after_received_at timestamptz not null default 'infinity',
  after_message_id uuid not null default 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  -- When somebody last worked on it: a sweep wakes those that nobody does.
  touched_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (owner_id, id),
  foreign key (owner_id, rule_id) references mail_rule (owner_id, id) on delete cascade,
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);
create index mail_rule_pass_by_rule on mail_rule_pass (owner_id, rule_id, id desc);
create index mail_rule_pass_running on mail_rule_pass (touched_at) where state = 'running';
create index mail_rule_pass_by_age on mail_rule_pass (created_at);

-- What a simulation found.
create table mail_rule_simulated_match (
  owner_id uuid not null,
  pass_id uuid not null,
  -- The order in which messages were looked at.
  place int not null,
  message_id uuid not null,
  -- The conditions that decided, and what would be done.
  reasons jsonb not null,
  actions jsonb not null,
  primary key (owner_id, pass_id, place),
  foreign key (owner_id, pass_id) references mail_rule_pass (owner_id, id) on delete cascade
);

-- The header of a message, as far as a rule asked for it: [[name in lower case, value], …].
create table mail_message_header (
  owner_id uuid not null,
  message_id uuid not null,
  fields jsonb not null,
  fetched_at timestamptz not null default now(),
  primary key (owner_id, message_id),
  foreign key (owner_id, message_id) references mail_message (owner_id, id) on delete cascade
) partition by hash (owner_id);
select create_owner_partitions('mail_message_header');

-- Where rules may forward to: addresses whose readers said that they want it, by a code that was mailed to them.
create table mail_forward_target (
  owner_id uuid not null references principal (id),
  id uuid not null,
  email text not null,
  -- SHA-256 of the code; null once it was given.
  code_hash bytea,
  code_expires_at timestamptz,
  wrong_codes int not null default 0,
  verified_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (owner_id, id)
);
create unique index mail_forward_target_once on mail_forward_target (owner_id, lower(email));

-- To whom a rule has answered by itself, and when last.
create table mail_rule_reply (
  owner_id uuid not null,
  rule_id uuid not null,
  email text not null,
  replied_at timestamptz not null default now(),
  primary key (owner_id, rule_id, email),
  foreign key (owner_id, rule_id) references mail_rule (owner_id, id) on delete cascade
);
create index mail_rule_reply_by_age on mail_rule_reply (replied_at);

-- Whether somebody has written before.
create index mail_message_by_sender on mail_message (owner_id, lower(from_email), received_at);

-- Addresses to which an owner has written, in lower case.
create table mail_correspondent (
  owner_id uuid not null,
  email text not null,
  created_at timestamptz not null default now(),
  primary key (owner_id, email)
) partition by hash (owner_id);
select create_owner_partitions('mail_correspondent');

insert into mail_correspondent (owner_id, email)
select distinct message.owner_id, lower(recipient.value ->> 'email')
from mail_folder as folder
join mail_location as place on place.owner_id = folder.owner_id and place.folder_id = folder.id
join mail_message as message on message.owner_id = place.owner_id and message.id = place.message_id
cross join lateral jsonb_path_query(message.recipients - 'reply_to', '$.*[*]') as recipient (value)
where folder.role = 'sent' and coalesce(recipient.value ->> 'email', '') <> '';
