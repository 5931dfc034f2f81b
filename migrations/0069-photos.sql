-- People at Immich, and the keys by which ultid acts there for them.

create table photos_account (
  owner_id uuid not null references principal (id),
  -- created: ultid made the account and can make another key for it. linked: the person brought a key.
  origin text not null check (origin in ('created', 'linked')),
  email text not null,
  immich_user_id uuid,
  -- Ciphertext of the key ring, bound to "<owner_id>:photos-password": kept only while the key is being made, so that what
  -- broke off can be gone on with, and so that only an account of our own making is ever taken for ours.
  password text,
  -- Ciphertext of the key ring, bound to "<owner_id>:photos-key"; null until it is made.
  api_key text,
  created_at timestamptz not null default now(),
  primary key (owner_id)
);
-- An account there is one person's.
create unique index photos_account_by_immich_user on photos_account (immich_user_id) where immich_user_id is not null;
