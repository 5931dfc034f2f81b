-- Rules of the organisation for members of groups: as of which groups a person's copies were made. Null before it mattered.
alter table mail_rule_revision add column organisation_groups text[];
