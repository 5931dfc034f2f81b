-- Another one with each listing that is kept: whoever remembers a page knows by it whether it still holds.
alter table drive_folder add column version uuid not null default gen_random_uuid();
