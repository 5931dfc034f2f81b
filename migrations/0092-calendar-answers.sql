-- When those invited last answered, by their own stamp: answers come by mail in any order, and an older one must not
-- take the place of a newer one. It is kept here and not in the event, which others read.

create table calendar_answer (
  owner_id uuid not null,
  object_id uuid not null,
  -- The occurrence that was answered; empty for the whole.
  key text not null,
  -- In lower case.
  email text not null,
  answered_at timestamptz not null,
  primary key (owner_id, object_id, key, email),
  foreign key (owner_id, object_id) references calendar_object (owner_id, id) on delete cascade
);
