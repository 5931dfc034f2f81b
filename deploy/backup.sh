#!/bin/sh
# Backs up every store of the suite into a directory, while it runs:
#
#   ./deploy/backup.sh [directory]     backups/<time> by default
#
# Databases first, then what they point to: objects are only removed a day after nothing names them any more, so every
# object that a database names is in the backup. Nextcloud, whose files and database change together, is put into
# maintenance for as long as its share takes. .env is part of it: without its keys the passwords of mail accounts are lost.
set -eu
umask 077
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
give_up() { printf '%s\n' "$*" >&2; exit 1; }

# Any small image with tar; this one is part of the stack.
tools=nginx:1.29.3-alpine
directory=${1:-backups/$(date -u +%Y-%m-%dT%H%M%SZ)}

main() {
  [ -f .env.resolved ] || give_up "There is no .env.resolved: the suite was never started here."
  [ ! -e "$directory" ] || give_up "$directory exists already; name another directory."
  running=$(compose ps --services --status running)
  is_running postgres || give_up "PostgreSQL does not run: ./deploy/compose-up.sh up -d postgres"
  # Whole or not at all: what is under way has another name.
  draft=$directory.draft
  mkdir -p "$draft"
  trap 'end_maintenance; rm -rf "$draft"' EXIT
  trap 'exit 1' INT TERM HUP

  dump postgres postgres ulti
  dump postgres postgres authentik
  archive rustfs
  archive authentik
  if is_running nextcloud-fpm; then
    begin_maintenance
    dump postgres postgres nextcloud
    archive nextcloud
    end_maintenance
  fi
  if is_running immich-postgres; then
    dump immich-postgres immich immich
    archive immich
  fi
  cp .env "$draft/env"
  (cd "$draft" && find . -type f ! -name SHA256SUMS -exec sha256sum {} + >SHA256SUMS)
  mv "$draft" "$directory"
  trap - EXIT
  say "The backup is in $directory ($(du -sh "$directory" | cut -f1)). It holds secrets: keep it as safe as .env."
}

compose() {
  docker compose --project-name ulti --project-directory deploy --env-file .env.resolved -f deploy/docker-compose.yml "$@"
}

is_running() { printf '%s\n' "$running" | grep -qx "$1"; }

# Custom format: compressed, and restored in parallel.
dump() {
  say "  database $3"
  docker exec -i "$(container "$1")" pg_dump --username "$2" --format custom --no-owner --no-privileges "$3" >"$draft/$3.dump"
}

archive() {
  say "  volume   $1"
  docker run --rm --volume "ulti_$1:/volume:ro" --workdir /volume "$tools" tar -czf - . >"$draft/$1.tar.gz"
}

container() { docker ps --quiet --filter "label=com.docker.compose.project=ulti" --filter "label=com.docker.compose.service=$1" | head -n 1; }

begin_maintenance() {
  in_maintenance=yes
  docker exec --user www-data "$(container nextcloud-fpm)" php occ maintenance:mode --on >/dev/null
}

end_maintenance() {
  [ "${in_maintenance:-}" = yes ] || return 0
  in_maintenance=
  docker exec --user www-data "$(container nextcloud-fpm)" php occ maintenance:mode --off >/dev/null
}

main
