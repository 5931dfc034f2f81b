-- How much people may keep in their drives, by the same words as of mail and attachments; Nextcloud keeps to it.
alter table admin_quota drop constraint admin_quota_kind_check;
alter table admin_quota add constraint admin_quota_kind_check check (kind in ('mail', 'attachments', 'drive'));

-- What Nextcloud is to be told, and was. Of whoever was never spoken of there is no row, and no word.
create table admin_drive_quota (
  owner_id uuid primary key references principal (id) on delete cascade,
  -- Bytes; `none` for no limit; `default` for what Nextcloud gives everybody.
  wanted text not null check (wanted ~ '^(none|default|\d+)$'),
  -- Null while it was told nothing.
  told text,
  attempts int not null default 0,
  -- Null once it was told.
  next_attempt_at timestamptz default now(),
  error_code text,
  updated_at timestamptz not null default now()
);
create index admin_drive_quota_due on admin_drive_quota (next_attempt_at) where next_attempt_at is not null;
