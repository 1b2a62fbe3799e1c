/**
 * The names of Services, in the place of a cluster's DNS and its kube-proxy: the name of a node's
 * Service leads to the pod itself. For a network that holds nothing but the bench.
 */
import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { NODE_NAME } from '../../../src/reconciliation/resources/resource-names.js';
import { answerOf, lookupIn } from './dns-message.js';

const ADDRESS = '127.0.0.1';
const PORT = 53;
const SETTINGS = '/etc/resolv.conf';
const NAME = new RegExp(`^${NODE_NAME}\\.([^.]+)\\.svc$`);

/**
 * Answers until the socket is closed, and has all programs of this network ask here.
 *
 * @param folder for a file that lasts as long as they do
 * @param addressOf the pod of the node in a namespace
 */
export async function serveNames(
  folder: string,
  addressOf: (namespace: string) => string | undefined,
): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (message, { address, port }) => {
    const lookup = lookupIn(message);
    if (lookup === undefined) return;
    const [, namespace] = NAME.exec(lookup.name) ?? [];
    const pod = namespace === undefined ? undefined : addressOf(namespace);
    socket.send(answerOf(lookup, pod), port, address);
  });
  socket.bind(PORT, ADDRESS);
  await once(socket, 'listening');
  const file = path.join(folder, 'resolv.conf');
  writeFileSync(file, `nameserver ${ADDRESS}\n`);
  // The mount is seen by nobody else, and goes with the network.
  execFileSync('mount', ['--bind', file, SETTINGS]);
  return socket;
}
