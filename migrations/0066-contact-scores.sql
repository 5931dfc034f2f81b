-- Contacts that were written to, the likeliest first: what is completed by a letter or two is mostly among them.
create index contact_by_score on contact (owner_id, score desc, full_name, id)
  where score > 0 and cardinality(emails) > 0;
