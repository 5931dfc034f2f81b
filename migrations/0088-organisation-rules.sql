-- Rules of the organisation, as each person's mail follows them: rows among their own, before all of them, that they see
-- and cannot change. What administrators said is a setting of the installation.
alter table mail_rule add column is_organisational boolean not null default false;

-- As of which revision of the organisation's rules a person has them; 0 for nobody's yet.
alter table mail_rule_revision add column organisation_revision bigint not null default 0;
