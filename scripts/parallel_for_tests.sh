#!/usr/bin/env bash
# Unpacks GNU parallel and an SSH server from Debian's packages, for tests: scripts/parallel_for_tests.sh [FOLDER]
scripts="$(dirname "$0")"
exec "$scripts/debian_for_tests.sh" "${1:-$scripts/../.parallel}" "GNU parallel" parallel openssh-server
