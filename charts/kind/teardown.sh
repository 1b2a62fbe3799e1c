#!/bin/sh
# Removes the kind cluster that bootstrap.sh has made, and everything in it.
set -eu

CLUSTER=nexus-local
DRY_RUN=no

usage() {
  cat <<TEXT
Usage: charts/kind/teardown.sh [--dry-run]

Removes the kind cluster $CLUSTER with all tenants and data in it. Images stay.

  --dry-run   only prints the command
TEXT
}

for argument in "$@"; do
  case $argument in
    --dry-run) DRY_RUN=yes ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      echo "There is no option $argument" >&2
      usage >&2
      exit 2
      ;;
  esac
done

set -- kind delete cluster --name "$CLUSTER"
echo "+ $*"
[ "$DRY_RUN" = yes ] && exit 0
command -v kind >/dev/null || {
  echo "kind is not there; install it first" >&2
  exit 1
}
command -v docker >/dev/null || export KIND_EXPERIMENTAL_PROVIDER=podman
exec "$@"
