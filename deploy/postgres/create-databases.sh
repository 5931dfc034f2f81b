#!/bin/sh
# Run by the image at the first start, when the volume is empty: a database and a user for each system, which owns that
# database and sees no other. docs/operations.md says how to change the passwords later.
set -eu

create() {
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set name="$1" --set password="$2" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name" encoding 'UTF8' locale 'C.UTF-8' template template0;
revoke all on database :"name" from public;
SQL
}

create ulti "$POSTGRES_PASSWORD"
create authentik "$AUTHENTIK_DB_PASSWORD"
create nextcloud "$NEXTCLOUD_DB_PASSWORD"
