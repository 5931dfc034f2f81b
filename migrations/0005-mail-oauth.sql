-- Mail accounts that are signed in to by OAuth 2.0 instead of passwords.

alter table mail_account
  -- The provider by its name in MAIL_OAUTH_PROVIDERS; null for an account with passwords.
  add column oauth_provider text,
  alter column imap_secret drop not null,
  alter column smtp_secret drop not null,
  add constraint mail_account_has_login
    check (oauth_provider is not null or (imap_secret is not null and smtp_secret is not null));

-- What a provider granted for an account. Whoever refreshes it locks its row, so that of many nodes one asks.
create table mail_oauth_grant (
  owner_id uuid not null,
  mail_account_id uuid not null,
  -- Ciphertexts of the key ring, bound to "<mail_account_id>:oauth-refresh" and "<mail_account_id>:oauth-access".
  refresh_token text not null,
  access_token text not null,
  -- The end of the access token.
  expires_at timestamptz not null,
  -- When the provider refused the refresh token; it is not asked again until the person signs in anew.
  refused_at timestamptz,
  primary key (owner_id, mail_account_id),
  foreign key (owner_id, mail_account_id) references mail_account (owner_id, id) on delete cascade
);

-- A sign-in at a provider that was begun and waits for the browser to come back; used once, within ten minutes.
create table mail_oauth_authorization (
  owner_id uuid not null references principal (id),
  state_hash bytea not null,
  -- RFC 7636 §4.2, S256. The verifier is in the browser that began, and so shows that it is the one that comes back.
  code_challenge text not null,
  provider text not null,
  email text not null,
  name text not null,
  -- The account that is signed in to anew; null for one that is to be made.
  mail_account_id uuid,
  return_to text not null,
  expires_at timestamptz not null,
  primary key (owner_id, state_hash)
);
