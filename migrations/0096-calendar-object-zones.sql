-- By which release of the rules of time zones the times of an object's events were found: times on the wall stay where they
-- are when the rules change, and so the moments that are kept of them do not.

alter table calendar_object add column zone_rules text not null default '';
