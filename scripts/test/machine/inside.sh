#!/bin/sh
# The inside of own-machine.mjs: makes a network and folders that nobody else sees, and runs a command
# there. It is the first process; what others leave behind is its own, and all of it ends with it.
set -eu
ip link set lo up
# The address of the machine, and a way for what is sent to Services: kube-proxy takes it from there.
ip link add nexus-node type bridge
ip address add 10.251.0.1/32 dev nexus-node
ip link set nexus-node up
ip route add default dev nexus-node
for folder in /run /var/log /var/lib/cni; do mount -t tmpfs -o mode=755 none "$folder"; done
mkdir -p /run/netns /run/lock
"$@"
