-- What the API says of an event, ready to be sent, but for its times, which differ between occurrences. The table is a
-- copy of what lies at Nextcloud, and small: writing it anew takes seconds.

alter table calendar_event add column said text not null
  generated always as ((fields - array['start', 'end', 'recurrence_id'])::text) stored;
