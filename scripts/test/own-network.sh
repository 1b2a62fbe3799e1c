#!/bin/sh
# Runs a command in a network of its own: loopback, and the addresses that pods of a test cluster
# have. It sees nothing of this machine's network, and all of it is gone with its last process.
# Wants root, or a kernel that lets anybody make user namespaces.
set -eu
if [ "$1" = --inside ]; then
  shift
  ip link set lo up
  ip route add local 10.200.0.0/16 dev lo
  export NEXUS_OWN_NETWORK=1
  exec "$@"
fi
if [ "$(id -u)" -eq 0 ]; then
  exec unshare --net --mount sh "$0" --inside "$@"
fi
exec unshare --user --map-current-user --keep-caps --net --mount sh "$0" --inside "$@"
