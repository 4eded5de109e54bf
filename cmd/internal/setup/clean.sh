#!/bin/sh
# Stops whatever of this checkout still runs (its binaries, its private PostgreSQL and Redis servers), then removes var/.
set -eu
cd "$(dirname "$0")/../../.."
[ -d var ] || exit 0
here=$(pwd -P)

# ours lists the processes that run a binary of var/bin, also one that was rebuilt since.
ours() {
	for exe in /proc/[0-9]*/exe; do
		case $(readlink "$exe" 2>/dev/null) in
		"$here"/var/bin/*) pid=${exe%/exe} && echo "${pid#/proc/}" ;;
		esac
	done
}

# gone PIDS waits up to 15 seconds until none of them is left.
gone() {
	for _ in $(seq 150); do
		left=0
		for pid in "$@"; do
			[ ! -d "/proc/$pid" ] || left=1
		done
		[ $left = 1 ] || return 0
		sleep 0.1
	done
	return 1
}

# stop SIGNAL PID... asks, waits, and kills what does not listen.
stop() {
	signal=$1
	shift
	[ $# -gt 0 ] || return 0
	kill -s "$signal" "$@" 2>/dev/null || true # it may have ended by itself
	gone "$@" || kill -s KILL "$@" 2>/dev/null || true
}

# data_folders lists PostgreSQL's: below var, or where migrations/localpg puts it when its user may not enter the checkout.
data_folders() {
	find "$here/var" -type d -name data -prune | while read -r dir; do
		echo "$dir"
		echo "${TMPDIR:-/tmp}/mofasa-pg-$(printf %s "$dir" | sha256sum | cut -c 1-12)"
	done
}

# server_of DATA prints the process id of a live server of that folder: the first line of postmaster.pid, if that process
# does work there (a stale file may name anybody).
server_of() {
	[ -f "$1/postmaster.pid" ] || return 0
	pid=$(head -n 1 "$1/postmaster.pid")
	[ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" != "$1" ] || echo "$pid"
}

# shellcheck disable=SC2046 # one word per process
stop TERM $(ours)
data_folders | while read -r data; do
	# shellcheck disable=SC2046
	stop INT $(server_of "$data") # PostgreSQL's fast shutdown
	case $data in */mofasa-pg-*) rm -rf "$data" ;; esac
done
find var -type s -name redis.sock | while read -r socket; do
	redis-cli -s "$socket" shutdown nosave >/dev/null 2>&1 || true # nobody listens any more
done
rm -rf var
