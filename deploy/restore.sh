#!/bin/sh
# Puts a backup of deploy/backup.sh back, in place of everything that is there now:
#
#   ./deploy/restore.sh backups/2026-05-23T020000Z --yes
#
# It checks the backup, stops the suite, and brings back databases and volumes. Afterwards start the suite as always.
set -eu
umask 077
here=$(pwd)
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
give_up() { printf '%s\n' "$*" >&2; exit 1; }

tools=nginx:1.29.3-alpine

main() {
  [ $# -ge 1 ] || give_up "Say which backup: ./deploy/restore.sh backups/<time> --yes"
  directory=$(cd "$here" && cd "$1" 2>/dev/null && pwd) || give_up "There is no directory $1."
  [ -f "$directory/SHA256SUMS" ] || give_up "$1 is no backup: it has no SHA256SUMS."
  (cd "$directory" && sha256sum --check --quiet SHA256SUMS) || give_up "The backup is damaged; nothing was changed."
  [ "${2:-}" = --yes ] || give_up "This replaces everything that the suite holds now. If that is meant, add --yes."
  [ -f .env ] || {
    cp "$directory/env" .env
    say "  .env was missing and came from the backup"
  }
  say "Stopping the suite"
  ./deploy/compose-up.sh stop
  for volume in rustfs authentik nextcloud immich; do
    [ ! -f "$directory/$volume.tar.gz" ] || unpack "$volume"
  done
  ./deploy/compose-up.sh up --wait postgres
  for database in ulti authentik nextcloud; do
    [ ! -f "$directory/$database.dump" ] || load postgres postgres "$database"
  done
  if [ -f "$directory/immich.dump" ]; then
    ./deploy/compose-up.sh up --wait immich-postgres
    load immich-postgres immich immich
  fi
  say "Everything is back. Start the suite: ./deploy/compose-up.sh up -d"
}

unpack() {
  say "  volume   $1"
  docker run --rm --interactive --volume "ulti_$1:/volume" --workdir /volume "$tools" \
    sh -c 'find . -mindepth 1 -delete && tar -xzf -' <"$directory/$1.tar.gz"
}

# Into a database made anew, in one transaction: as it was, or not at all.
load() {
  say "  database $3"
  container=$(docker ps --quiet --filter "label=com.docker.compose.project=ulti" --filter "label=com.docker.compose.service=$1" | head -n 1)
  [ -n "$container" ] || give_up "$1 did not start; see ./deploy/compose-up.sh logs $1"
  maintenance=postgres
  docker exec "$container" dropdb --username "$2" --maintenance-db "$maintenance" --force --if-exists "$3"
  docker exec "$container" createdb --username "$2" --maintenance-db "$maintenance" --owner "$3" --encoding UTF8 --template template0 --locale C.UTF-8 "$3"
  docker exec -i "$container" pg_restore --username "$2" --dbname "$3" --no-owner --role "$3" --single-transaction --exit-on-error <"$directory/$3.dump"
}

main "$@"
