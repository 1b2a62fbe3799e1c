import { concern, setting } from './concern.js';
import {
  nameList,
  optionalCommand,
  optionalText,
  portRange,
  wholeNumber,
} from './setting-types.js';

/** How nodes are started by the local driver, and how they are spoken to. */
export class NodesConfig extends concern('Nodes', {
  command: setting({
    name: 'NEXUS_NODE_COMMAND',
    schema: optionalCommand(),
    summary:
      'Command that starts a foreign astromesh-node in the foreground, split into words as a shell would. `{host}`, `{port}`, `{dir}` and `{profile}` are replaced.',
    absent: 'the reference node',
  }),
  templateDir: setting({
    name: 'NEXUS_NODE_TEMPLATE_DIR',
    schema: optionalText(),
    summary: "Folder that is copied into a node's new folder.",
    absent: 'none',
  }),
  environment: setting({
    name: 'NEXUS_NODE_ENV',
    schema: nameList(),
    summary: 'Names of environment variables that nodes inherit, separated by commas.',
    absent: 'none beyond PATH, HOME, LANG and TZ',
  }),
  startTimeoutSeconds: setting({
    name: 'NEXUS_NODE_START_TIMEOUT',
    schema: wholeNumber(1, 600),
    fallback: '30',
    summary: 'Seconds within which a started node must answer `/v1/health`.',
  }),
  localStarts: setting({
    name: 'NEXUS_LOCAL_STARTS',
    schema: wholeNumber(1, 64),
    fallback: '4',
    summary:
      'Nodes that may be starting at the same time; one that takes longer than 5 seconds no longer counts.',
  }),
  ports: setting({
    name: 'NEXUS_NODE_PORTS',
    schema: portRange(),
    fallback: '24000-27999',
    summary: 'Loopback ports that local nodes are given.',
  }),
  runTimeoutSeconds: setting({
    name: 'NEXUS_RUN_TIMEOUT',
    schema: wholeNumber(1, 3600),
    fallback: '120',
    summary: 'Seconds that a run of an agent may take.',
  }),
}) {}
