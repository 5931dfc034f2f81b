#!/bin/sh
# Runs Docker Compose over the files of the core and of the modules that .env switches on:
#
#   ./deploy/compose-up.sh up -d --build     starts the suite, waits until it is healthy, says where it is
#   ./deploy/compose-up.sh logs -f ultid     any other command of docker compose, over the same files
#
# It needs a POSIX shell and Docker. Before a start it expands .env to .env.resolved, refuses demo secrets in production,
# and looks at Docker's version, the ports and the disk.
set -eu
umask 077
cd "$(dirname "$0")/.."

min_docker=24
min_compose=2.24
min_disk_gb=${ULTI_MIN_DISK_GB:-10}
wait_seconds=${ULTI_WAIT_SECONDS:-900}
env_file=.env
resolved=.env.resolved

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }
give_up() { complain "$@"; exit 1; }

main() {
  [ $# -gt 0 ] || give_up "Say what to do, for instance: ./deploy/compose-up.sh up -d --build"
  [ -f "$env_file" ] || give_up "There is no .env. Make one: cp .env.example .env, then edit the secrets at its top."
  expand
  if [ "$1" = up ]; then check_before_start; fi
  write_immich_configuration
  join_files
  if ! is_start_in_background "$@"; then
    # shellcheck disable=SC2086 # the files' names hold no spaces
    exec docker compose --project-name ulti --project-directory deploy --env-file "$resolved" $files "$@"
  fi
  compose "$@"
  wait_until_healthy
  print_addresses
}

compose() {
  # shellcheck disable=SC2086 # the files' names hold no spaces
  docker compose --project-name ulti --project-directory deploy --env-file "$resolved" $files "$@"
}

is_start_in_background() {
  [ "$1" = up ] || return 1
  for argument in "$@"; do
    case $argument in -d | --detach) return 0 ;; esac
  done
  return 1
}

# Whole or not at all, and readable by its owner alone.
expand() {
  draft=$resolved.$$.draft
  trap 'rm -f "$draft"' EXIT
  if ! awk -f deploy/expand-env.awk "$env_file" >"$draft"; then
    give_up "Correct these in .env, then run this again. Nothing was started."
  fi
  mv "$draft" "$resolved"
  trap - EXIT
}

# The value of a variable of .env.resolved; the environment wins, as it does for ultid itself.
value() {
  eval "given=\${$1-}"
  if [ -n "$given" ]; then printf '%s' "$given"; return; fi
  sed -n "s/^$1=//p" "$resolved" | sed -e "s/^'\(.*\)'\$/\1/" -e 's/^"\(.*\)"$/\1/'
}

is_on() { [ "$(value "$1")" = true ]; }

join_files() {
  files="-f deploy/docker-compose.yml"
  if is_on NEXTCLOUD_ENABLED; then files="$files -f deploy/nextcloud/docker-compose.yml"; fi
  if is_on JITSI_ENABLED; then files="$files -f deploy/jitsi/docker-compose.yml"; fi
  if is_on IMMICH_ENABLED; then files="$files -f deploy/immich/docker-compose.yml"; fi
  if is_on TLS_ENABLED; then files="$files -f deploy/docker-compose.tls.yml"; fi
  if is_on ULTI_DEMO_USERS; then files="$files -f deploy/docker-compose.demo.yml"; fi
  if is_on ULTI_SCALE; then files="$files -f deploy/docker-compose.scale.yml"; fi
}

write_immich_configuration() {
  is_on IMMICH_ENABLED || return 0
  secret=$(value IMMICH_OIDC_CLIENT_SECRET)
  case $secret in
    *[!A-Za-z0-9._~-]*) give_up "IMMICH_OIDC_CLIENT_SECRET may hold letters, digits and . _ ~ - only." ;;
  esac
  sed "s/{{IMMICH_OIDC_CLIENT_SECRET}}/$secret/" deploy/immich/immich.json.template >.immich.json
}

check_before_start() {
  faults=0
  check_secrets
  check_docker
  check_ports
  check_disk
  [ "$faults" = 0 ] || give_up "Nothing was started."
}

fault() {
  complain "$@"
  faults=$((faults + 1))
}

check_secrets() {
  for name in POSTGRES_PASSWORD AUTHENTIK_DB_PASSWORD NEXTCLOUD_DB_PASSWORD KEYDB_PASSWORD; do
    case $(value "$name") in
      "") fault "$name is empty; give it a value in .env." ;;
      *[!A-Za-z0-9._~-]*) fault "$name becomes part of an address: it may hold letters, digits and . _ ~ - only." ;;
    esac
  done
  if is_on ULTI_DEMO_USERS && [ "$(value ULTID_ENV)" = production ]; then
    fault "ULTI_DEMO_USERS makes users whose passwords everybody knows: not in production."
  fi
  [ "$(value ULTID_ENV)" = production ] || return 0
  demo=$(sed -n 's/^\([A-Za-z0-9_]*\)=.*[Cc][Hh][Aa][Nn][Gg][Ee][Mm][Ee].*/\1/p' "$resolved")
  for name in $demo; do
    fault "$name still has its demo value, which everybody knows; give it one of your own in .env."
  done
  [ "$(value GRAFANA_ADMIN_PASSWORD)" != admin ] ||
    fault "GRAFANA_ADMIN_PASSWORD still has its demo value, which everybody knows; give it one of your own in .env."
  case $(value MAIL_CREDENTIAL_KEYS) in
    *ZGVtby1rZXktZG8tbm90LXVzZS1pbi1wcm9kdWN0aW8=*)
      fault "MAIL_CREDENTIAL_KEYS still has its demo key, which everybody knows; make one: openssl rand -base64 32" ;;
  esac
}

# Whether version $1 is at least $2, compared by its first two numbers.
is_at_least() {
  awk -v is="$1" -v least="$2" 'BEGIN {
    sub(/^v/, "", is); split(is, a, "."); split(least, b, ".")
    exit !(a[1] + 0 > b[1] + 0 || (a[1] + 0 == b[1] + 0 && a[2] + 0 >= b[2] + 0))
  }'
}

check_docker() {
  if ! command -v docker >/dev/null 2>&1; then
    fault "Docker is not installed: https://docs.docker.com/engine/install/"
    return
  fi
  if ! engine=$(docker version --format '{{.Server.Version}}' 2>/dev/null) || [ -z "$engine" ]; then
    fault "Docker's engine does not answer: start it, or see that you may use it (docker version)."
    return
  fi
  is_at_least "$engine" "$min_docker" || fault "Docker $engine is too old; this needs $min_docker or later."
  plugin=$(docker compose version --short 2>/dev/null) || plugin=
  if [ -z "$plugin" ]; then
    fault "Docker Compose is missing: install the package docker-compose-plugin."
  else
    is_at_least "$plugin" "$min_compose" || fault "Docker Compose $plugin is too old; this needs $min_compose or later."
  fi
}

# The ports in use by TCP listeners of this machine, one a line.
listening_ports() {
  if [ -r /proc/net/tcp ]; then
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
      awk '$4 == "0A" { split($2, at, ":"); print at[2] }' | sort -u |
      while read -r hex; do printf '%d\n' "0x$hex"; done
  elif command -v lsof >/dev/null 2>&1; then
    lsof -nP -iTCP -sTCP:LISTEN 2>/dev/null | sed -n 's/.*:\([0-9]*\) (LISTEN)$/\1/p' | sort -u
  fi
}

check_ports() {
  # What this stack holds itself it may go on holding.
  ours=$(docker ps --filter label=com.docker.compose.project=ulti --format '{{.Ports}}' 2>/dev/null) || ours=
  wanted="80 9090 3002"
  if is_on TLS_ENABLED; then wanted="$wanted 443"; fi
  used=$(listening_ports)
  for port in $wanted; do
    case $ours in *":$port->"*) continue ;; esac
    for one in $used; do
      [ "$one" != "$port" ] ||
        fault "Port $port is in use by another program; end it, or see which it is: ss -ltnp 'sport = :$port'"
    done
  done
}

check_disk() {
  free_kb=$(df -Pk . | awk 'NR == 2 { print $4 }')
  [ "$free_kb" -ge $((min_disk_gb * 1024 * 1024)) ] ||
    fault "Only $((free_kb / 1024 / 1024)) GB are free here; the images and a first start need $min_disk_gb (ULTI_MIN_DISK_GB)."
}

# A line for each service as its state changes, until all are healthy.
wait_until_healthy() {
  say "Waiting until everything is healthy (at most $wait_seconds s; the first start takes minutes)."
  told=
  waited=0
  while :; do
    states=$(compose ps --all --format '{{.Service}} {{.State}} {{.Health}}' | sort)
    pending=$(printf '%s\n' "$states" | awk 'NF && !($2 == "running" && ($3 == "" || $3 == "healthy"))')
    fresh=$(printf '%s\n' "$states" | while IFS= read -r line; do
      printf '%s\n' "$told" | grep -qxF "$line" || printf '%s\n' "$line"
    done)
    [ -z "$fresh" ] || printf '%s\n' "$fresh" | awk 'NF { printf "  %-26s %s\n", $1, ($3 == "" ? $2 : $3) }'
    told=$states
    [ -n "$pending" ] || return 0
    if [ "$waited" -ge "$wait_seconds" ]; then
      complain "These are not healthy after $wait_seconds s:"
      printf '%s\n' "$pending" | awk '{ printf "  %-26s %s\n", $1, ($3 == "" ? $2 : $3) }' >&2
      give_up "See why: ./deploy/compose-up.sh logs --tail 50 $(printf '%s\n' "$pending" | awk '{ printf "%s ", $1 }')"
    fi
    sleep "${ULTI_WAIT_STEP:-3}"
    waited=$((waited + ${ULTI_WAIT_STEP:-3}))
  done
}

print_addresses() {
  public=$(value ULTID_PUBLIC_URL)
  say ""
  say "Ulti is up."
  say "  API and its reference    $public/api/docs"
  say "  Sign-in                  $public/auth/"
  if is_on NEXTCLOUD_ENABLED; then say "  Nextcloud                $public/cloud/"; fi
  if is_on JITSI_ENABLED; then say "  Meetings                 $public/meet/"; fi
  say "  Grafana                  http://localhost:3002"
  say "  Prometheus               http://localhost:9090"
  say ""
  say "Administrator of the sign-in: akadmin, with AUTHENTIK_BOOTSTRAP_PASSWORD of .env."
}

main "$@"
