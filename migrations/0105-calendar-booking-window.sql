-- How many days ahead a resource may be booked, and series that go on beyond what is booked of them.
alter table calendar_resource add column booking_days int not null default 366 check (booking_days between 1 and 3660);

create table calendar_booking_series (
  owner_id uuid not null,
  calendar text not null,
  object text not null,
  resource_id uuid not null,
  uid text not null,
  -- As of its bookings, and so is what is held while the object is being written.
  version uuid not null,
  held_until timestamptz,
  -- What begins before that is booked.
  booked_until timestamptz not null,
  -- Whoever books further puts it off: nobody else does the same meanwhile, and what fails is tried again.
  next_look_at timestamptz not null default now(),
  primary key (owner_id, calendar, object, resource_id, version),
  foreign key (owner_id, calendar) references calendar (owner_id, name) on delete cascade
);
create index calendar_booking_series_by_end on calendar_booking_series (booked_until);
create index calendar_booking_series_by_resource on calendar_booking_series (resource_id);

-- Whatever books something may be such a series: it is looked at once, and forgotten where it is none.
insert into calendar_booking_series (owner_id, calendar, object, resource_id, uid, version, booked_until)
select distinct on (owner_id, calendar, object, resource_id) owner_id, calendar, object, resource_id, uid, version, now()
from calendar_booking where held_until is null
order by owner_id, calendar, object, resource_id, version desc;
