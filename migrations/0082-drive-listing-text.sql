-- What is answered of an entry, ready-made: a folder of a thousand is put together rather than made anew.
alter table drive_entry add column said text not null default '';
-- The version of the listing whose entries have it. Another one than `version` where a node of the version before has
-- listed the folder, which knows nothing of it: such a listing is read again.
alter table drive_folder add column said_under uuid;
