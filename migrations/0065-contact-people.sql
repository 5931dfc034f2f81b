-- Keeping address books fresh for those who use them, and gathering whom people wrote to.
alter table contact_home
  -- When somebody, or a rule of theirs, asked last: who does not ask is not kept fresh.
  add column used_at timestamptz not null default now(),
  add column attempted_at timestamptz,
  -- When it was last asked whom its owner wrote to, and up to which message they are counted.
  add column gathered_at timestamptz,
  add column gathered_after uuid;
create index contact_home_by_attempt on contact_home (coalesce(attempted_at, '-infinity'::timestamptz));
