#!/bin/sh
# Makes sure that the programs which some test suites need are installed: Dovecot 2.3 (IMAP), Redis, and promtool, which
# comes with Prometheus.
#
# As root on Debian or Ubuntu it installs what is missing and starts none of it: the tests run private instances.
# Elsewhere it says which suites will be skipped. With CI=true a server that is still missing is a failure.
#
# For people on standard error; for test/run.ts one last line on standard output: test-servers: dovecot=1 redis=1 promtool=1
set -eu

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

has_redis() {
  command -v redis-server >/dev/null 2>&1
}

has_promtool() {
  command -v promtool >/dev/null 2>&1
}

missing_packages() {
  has_dovecot || printf 'dovecot-imapd '
  has_redis || printf 'redis-server '
  has_promtool || printf 'prometheus '
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
  has_dovecot || say 'NOT FOUND: Dovecot 2.3 with IMAP (dovecot-imapd). SKIPPED: every suite against a real mail server.'
  has_redis || say 'NOT FOUND: redis-server. SKIPPED: every suite against a real Redis.'
  has_promtool || say 'NOT FOUND: promtool (prometheus). SKIPPED: the check of the names of metrics.'
  say 'Install them (on Debian 12 or Ubuntu 24.04: apt-get install dovecot-imapd redis-server prometheus) to run all tests.'
  say '**************************************************************************************'
}

if [ -n "$(missing_packages)" ] && is_root_on_debian; then install_missing; fi

status=0
if [ -n "$(missing_packages)" ]; then
  announce_missing
  if [ "${CI:-}" = true ]; then
    say 'CI=true: a missing server is a failure.'
    status=1
  fi
fi

if has_dovecot; then dovecot=1; else dovecot=0; fi
if has_redis; then redis=1; else redis=0; fi
if has_promtool; then promtool=1; else promtool=0; fi
printf 'test-servers: dovecot=%s redis=%s promtool=%s\n' "$dovecot" "$redis" "$promtool"
exit "$status"
