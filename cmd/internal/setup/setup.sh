#!/bin/sh
# Checks Go and Node, and installs what the named purposes still lack:
#   setup.sh [run] [test]
# Only root on a machine with apt-get gets anything installed; anyone else is told in one line what to install.
# Package services that start by themselves (PostgreSQL on 5432, Redis on 6379) are neither used nor touched.
set -eu
cd "$(dirname "$0")/../../.."

fail() {
	echo "setup: $1" >&2
	exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }
# at_least HAVE WANT compares version numbers.
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

check_go() {
	want=$(sed -n 's/^go //p' go.mod)
	line="Go $want or newer is needed: https://go.dev/dl"
	# Since 1.21, go itself fetches the toolchain that go.mod asks for, and fails where it cannot.
	have=$(go version 2>/dev/null) || fail "$line"
	have=${have#go version go}
	at_least "${have%% *}" "$want" || fail "$line (this is ${have%% *})"
}

check_node() {
	want=$(sed -n 's/.*"node": *">=\([0-9.]*\)".*/\1/p' web/package.json)
	line="Node $want or newer with npm is needed: https://nodejs.org"
	have=$(node --version 2>/dev/null) || fail "$line"
	at_least "${have#v}" "$want" || fail "$line (this is ${have#v})"
	has npm || fail "$line (npm is missing)"
}

# has_postgres finds the server where migrations/localpg does: on PATH, or the newest of Debian's folders.
has_postgres() {
	if has pg_ctl; then
		bin=$(dirname "$(command -v pg_ctl)")
	else
		bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
	fi
	[ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] || return 1
	have=$("$bin/postgres" --version | sed 's/.*(PostgreSQL) \([0-9.]*\).*/\1/')
	at_least "$have" 15 || fail "PostgreSQL 15 or newer is needed (this is $have): https://www.postgresql.org/download"
}

missing=""
lacks() { missing="$missing $*"; }

check_run() {
	has_postgres || lacks postgresql
	has redis-server || lacks redis-server
}

check_test() {
	has chromium || lacks chromium
	{ has pdftotext && has pdftoppm; } || lacks poppler-utils
	# The race detector needs cgo: a C compiler and the C library's headers.
	{ has gcc && [ -e /usr/include/stdlib.h ]; } || lacks gcc libc6-dev
}

install_missing() {
	[ "$(id -u)" = 0 ] && has apt-get || fail "install first, then repeat:$missing"
	echo "setup: installing$missing"
	mkdir -p var
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # one word per package
	{ apt-get update && apt-get install -y --no-install-recommends $missing; } >var/setup.log 2>&1 </dev/null ||
		fail "apt-get could not install$missing: $(grep '^E:' var/setup.log | tail -n 1) (var/setup.log)"
}

check_go
check_node
for purpose in "$@"; do
	case $purpose in
	run) check_run ;;
	test) check_test ;;
	*) fail "unknown purpose $purpose: run, test" ;;
	esac
done
[ -z "$missing" ] || install_missing
