-- Which state of an owner's rules a node knows: grows with each change of any of them, so that new mail need not read all.
create table mail_rule_revision (
  owner_id uuid primary key references principal (id),
  revision bigint not null default 1
);
