#!/usr/bin/env bash
# Unpacks Slurm from Debian's packages into a folder, for the tests of a real Slurm: scripts/slurm_for_tests.sh [FOLDER]
scripts="$(dirname "$0")"
exec "$scripts/debian_for_tests.sh" "${1:-$scripts/../.slurm}" Slurm \
  slurmctld slurmd slurm-client slurm-wlm-basic-plugins
