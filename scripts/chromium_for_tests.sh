#!/usr/bin/env bash
# Unpacks Chromium, its driver and a font from Debian's packages, for tests: scripts/chromium_for_tests.sh [FOLDER]
scripts="$(dirname "$0")"
exec "$scripts/debian_for_tests.sh" "${1:-$scripts/../.chromium}" Chromium chromium chromium-driver fonts-dejavu-core
