#!/bin/sh
# Makes sure that the programs which some test suites need are installed: those of the table below.
#
# As root on Debian or Ubuntu it installs what is missing and starts none of it: the tests run private instances.
# Elsewhere it says which suites will be skipped. With CI=true a program that is still missing is a failure.
#
# For people on standard error; for test/run.ts one last line on standard output: test-servers: dovecot=1 redis=1 …
set -eu

# name | Debian's packages | what it is | what is skipped without it. Each is looked for by the function has_<name>.
table() {
  cat <<'END'
dovecot|dovecot-imapd|Dovecot 2.3 with IMAP|every suite against a real mail server
postfix|postfix|Postfix 3|the tests of sending to a real mail server
redis|redis-server|redis-server|every suite against a real Redis
promtool|prometheus|promtool|the checks of metrics and alerts
rclone|rclone|rclone|syncing files as a real WebDAV client does
cadaver|cadaver|cadaver|working on files as a real WebDAV client does
apache|apache2|Apache with mod_dav|WebDAV against a second server
dkimpy|python3 python3-dkim|Python 3 with dkimpy|messages read and signed by others
dateutil|python3 python3-dateutil python3-icalendar|Python 3 with dateutil and icalendar|recurring events worked out by others
radicale|radicale|Radicale|calendars and contacts against a second server
nginx|nginx|nginx|the tests of the reverse proxy
shellcheck|shellcheck|shellcheck|the checks of shell scripts
postgres15|postgresql-15 postgresql-client-15|PostgreSQL 15 with pg_dump|the test of backups
prosody|prosody lua5.4 lua-luaossl|prosody's Lua libraries|the contract of meeting tokens
chromium|chromium|Chromium|what a browser does with sanitised mail
END
}

# Distributions keep daemons where an ordinary user's PATH does not look.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
export PATH

say() {
  printf 'test servers: %s\n' "$*" >&2
}

# The generated configuration is written for 2.3; 2.4 reads another dialect. dovecot-core alone brings no imap.
has_dovecot() {
  command -v dovecot >/dev/null 2>&1 || return 1
  case "$(dovecot --version 2>/dev/null)" in 2.3.*) ;; *) return 1 ;; esac
  [ -x "$(doveconf -c /dev/null -h libexec_dir 2>/dev/null)/imap" ]
}

has_postfix() {
  command -v postfix >/dev/null 2>&1
}

has_redis() {
  command -v redis-server >/dev/null 2>&1
}

has_promtool() {
  command -v promtool >/dev/null 2>&1
}

# Debian's own interpreter is the one that its packages are for.
has_dkimpy() {
  /usr/bin/python3 -c 'import dkim' 2>/dev/null
}

has_dateutil() {
  /usr/bin/python3 -c 'import dateutil, icalendar' 2>/dev/null
}

has_radicale() {
  command -v radicale >/dev/null 2>&1
}

has_nginx() {
  command -v nginx >/dev/null 2>&1
}

has_shellcheck() {
  command -v shellcheck >/dev/null 2>&1
}

has_postgres15() {
  [ -x /usr/lib/postgresql/15/bin/postgres ] && [ -x /usr/lib/postgresql/15/bin/pg_dump ]
}

has_prosody() {
  [ -e /usr/lib/prosody/util/json.lua ] && lua5.4 -e 'require "openssl.hmac"' >/dev/null 2>&1
}

has_chromium() {
  command -v chromium >/dev/null 2>&1
}

has_rclone() {
  command -v rclone >/dev/null 2>&1
}

has_cadaver() {
  command -v cadaver >/dev/null 2>&1
}

has_apache() {
  command -v apache2 >/dev/null 2>&1 && [ -e /usr/lib/apache2/modules/mod_dav_fs.so ]
}

missing_packages() {
  table | while IFS='|' read -r name packages what skipped; do
    "has_$name" || printf '%s ' "$packages"
  done
}

is_root_on_debian() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && grep -Eqi '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release
}

# policy-rc.d is Debian's way to forbid maintainer scripts to start what they install: 101 means "not allowed".
forbid_service_starts() {
  [ -e /usr/sbin/policy-rc.d ] && return 0
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  trap 'exit 130' INT TERM HUP
}

apt_install() {
  # $1 is a list of package names.
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -y -o DPkg::Lock::Timeout=120 \
    install --no-install-recommends $1 >"$apt_log" 2>&1
}

install_missing() {
  if command -v flock >/dev/null 2>&1; then
    # Two runs at once: the second one waits here and then finds everything installed.
    exec 9<"$0"
    flock 9
  fi
  packages=$(missing_packages)
  [ -n "$packages" ] || return 0
  say "installing ${packages}from the distribution's packages (no service is started)"
  apt_log=$(mktemp)
  forbid_service_starts
  # Package lists may be absent or too old to match the mirror; only then are they worth fetching.
  if ! apt_install "$packages"; then
    apt-get -qq update >>"$apt_log" 2>&1 || true
    apt_install "$packages" || { say "apt-get failed:"; tail -n 15 "$apt_log" >&2; }
  fi
  rm -f "$apt_log"
}

announce_missing() {
  say '**************************************************************************************'
  table | while IFS='|' read -r name packages what skipped; do
    "has_$name" || say "NOT FOUND: $what ($packages). SKIPPED: $skipped."
  done
  say "Install them (on Debian 12: apt-get install $(missing_packages)) to run all tests."
  say '**************************************************************************************'
}

if [ -n "$(missing_packages)" ] && is_root_on_debian; then install_missing; fi

status=0
if [ -n "$(missing_packages)" ]; then
  announce_missing
  if [ "${CI:-}" = true ]; then
    say 'CI=true: a missing program is a failure.'
    status=1
  fi
fi

printf 'test-servers:'
table | while IFS='|' read -r name packages what skipped; do
  if "has_$name"; then found=1; else found=0; fi
  printf ' %s=%s' "$name" "$found"
done
printf '\n'
exit "$status"
