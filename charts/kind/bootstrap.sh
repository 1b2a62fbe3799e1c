#!/bin/sh
# Makes a kind cluster of this machine with Nexus in it: builds both images, loads them, and installs
# the chart. Can be run again: what is there is kept and brought up to date.
set -eu

CLUSTER=nexus-local
NAMESPACE=nexus-system
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
VERSION=$(sed -n 's/^appVersion: //p' "$ROOT/charts/nexus/Chart.yaml")
SERVER_IMAGE=nexus-server:$VERSION
NODE_IMAGE=nexus-node
DRY_RUN=no

usage() {
  cat <<TEXT
Usage: charts/kind/bootstrap.sh [--dry-run]

Makes the kind cluster $CLUSTER with Nexus in the namespace $NAMESPACE. Wants kind, kubectl, helm and
docker or podman.

  --dry-run   only prints the commands
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

run() {
  echo "+ $*"
  [ "$DRY_RUN" = yes ] || "$@"
}

need() {
  for program in "$@"; do
    command -v "$program" >/dev/null || {
      echo "$program is not there; install it first" >&2
      exit 1
    }
  done
}

# The one that builds is the one that kind runs on.
if command -v docker >/dev/null; then
  ENGINE=docker
elif command -v podman >/dev/null; then
  ENGINE=podman
  export KIND_EXPERIMENTAL_PROVIDER=podman
else
  ENGINE=docker
fi
[ "$DRY_RUN" = yes ] || need kind kubectl helm "$ENGINE"

has_cluster() {
  [ "$DRY_RUN" = no ] && kind get clusters 2>/dev/null | grep -qx "$CLUSTER"
}

load() {
  archive=$(mktemp -d)/image.tar
  run "$ENGINE" save "$1" -o "$archive"
  run kind load image-archive "$archive" --name "$CLUSTER"
  rm -rf "$(dirname "$archive")"
}

run "$ENGINE" build -f "$ROOT/Containerfile" -t "$SERVER_IMAGE" "$ROOT"
run "$ENGINE" build -f "$ROOT/Containerfile.node" -t "$NODE_IMAGE:$VERSION" "$ROOT"
if has_cluster; then
  echo "The cluster $CLUSTER is there"
else
  run kind create cluster --name "$CLUSTER" --config "$ROOT/charts/kind/cluster.yaml" --wait 120s
fi
load "$SERVER_IMAGE"
load "$NODE_IMAGE:$VERSION"
run helm upgrade nexus "$ROOT/charts/nexus" --install --kube-context "kind-$CLUSTER" \
  --namespace "$NAMESPACE" --create-namespace --values "$ROOT/charts/nexus/examples/laptop.yaml" \
  --set "settings.NEXUS_NODE_IMAGE=$NODE_IMAGE" --set-string "settings.NEXUS_NODE_TAG=$VERSION" \
  --wait --timeout 5m
