/**
 * The process of the tenants' nodes, so that they share no event loop with what measures: plays the
 * kubelet, and the DNS that leads to nodes, until its input ends. All nodes share this process.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { INSTALL_LABEL } from '../../../src/reconciliation/resources/resource-names.js';
import type { ControlPlaneFacts } from '../../cluster/control-plane.js';
import { Kubelet } from '../../cluster/kubelet/kubelet.js';
import { serveNames } from './service-names.js';

const input = createInterface({ input: process.stdin });
const [line] = (await once(input, 'line')) as [string];
const { facts, installId } = JSON.parse(line) as { facts: ControlPlaneFacts; installId: string };
const kubelet = await Kubelet.start(facts, {
  shared: true,
  serves: (_, labels) => labels[INSTALL_LABEL] === installId,
});
const addressOf = (namespace: string) => kubelet.running(namespace)[0]?.address;
const names = await serveNames(facts.folder, addressOf);
process.stdout.write('ready\n');
await once(input, 'close');
names.close();
await kubelet.stop();
process.exit(0);
