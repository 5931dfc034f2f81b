-- The alarm of a whole day, or of a time without a zone, goes off by the clock of whoever is reminded: such times are kept
-- as that clock shows them, as if it were in UTC, so that a reader who goes to another zone takes them along.

alter table calendar_reminder add column is_floating boolean not null default false;
update calendar_reminder set is_floating = true from calendar_event as event
where event.owner_id = calendar_reminder.owner_id and event.object_id = calendar_reminder.object_id
  and event.key = calendar_reminder.key and event.is_floating;

-- When a clock of that zone shows a time. Of a zone that is none here, UTC's.
create function calendar_moment(wall timestamptz, zone text) returns timestamptz language plpgsql stable as $$
begin
  return (wall at time zone 'UTC') at time zone coalesce(zone, 'UTC');
exception when invalid_parameter_value then
  return wall;
end
$$;
