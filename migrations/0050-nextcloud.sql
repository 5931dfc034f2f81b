-- People at Nextcloud, and the keys by which ultid vouches for them there.

-- Whose account of which name it is: fixed at the first use, so that a name that was changed or given to somebody else
-- at the OIDC issuer never opens another's files.
create table nextcloud_account (
  owner_id uuid not null references principal (id),
  uid text not null,
  -- Ciphertext of the key ring, bound to "<owner_id>:nextcloud"; null where ultid's own tokens are enough, and while the
  -- person has granted none.
  app_password text,
  -- When Nextcloud was told of the person, and what; null until it was.
  provisioned_at timestamptz,
  told_email text,
  told_name text,
  created_at timestamptz not null default now(),
  primary key (owner_id)
);
-- Nextcloud takes alice and Alice for one.
create unique index nextcloud_account_by_uid on nextcloud_account (lower(uid));

-- A grant of an app password that was begun and waits for its person.
create table nextcloud_login (
  owner_id uuid not null references principal (id),
  -- Ciphertext of the key ring, bound to "<owner_id>:nextcloud-login".
  poll_token text not null,
  expires_at timestamptz not null,
  primary key (owner_id)
);

-- Keys of ultid's own issuer. owner_id is the nil UUID: they are the installation's.
create table nextcloud_signing_key (
  owner_id uuid not null,
  id uuid not null,
  public_jwk jsonb not null,
  -- A JWK as ciphertext of the key ring, bound to "<id>:nextcloud-key".
  private_jwk text not null,
  created_at timestamptz not null default now(),
  -- It is published from the start and signs from here on: Nextcloud keeps what is published for an hour.
  signs_from timestamptz not null,
  primary key (owner_id, id)
);
