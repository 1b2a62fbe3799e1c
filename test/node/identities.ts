/** Who is who on the machine: certificates, keys and kubeconfigs, written where programs look. */
import { writeFile } from 'node:fs/promises';
import { CertificateAuthority, type Subject, tokenKeys } from '../cluster/certificates.js';
import { type Access, writeKubeconfig } from '../cluster/kubeconfig.js';
import { ADDRESS, API_SERVICE, MACHINE, type Places, SERVER } from './places.js';

const SERVERS: Record<string, Subject> = {
  server: {
    commonName: 'kube-apiserver',
    hosts: [
      ADDRESS,
      API_SERVICE,
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
    ],
  },
  'kubelet-server': { commonName: MACHINE, hosts: [ADDRESS, MACHINE] },
};
const USERS: Record<string, Subject> = {
  admin: { commonName: 'test-admin', organization: 'system:masters' },
  'controller-manager': { commonName: 'system:kube-controller-manager' },
  scheduler: { commonName: 'system:kube-scheduler' },
  proxy: { commonName: 'system:kube-proxy' },
  kubelet: { commonName: `system:node:${MACHINE}`, organization: 'system:nodes' },
  // How the API server shows itself to the kubelet.
  apiserver: { commonName: 'kube-apiserver', organization: 'system:masters' },
};

/** Writes all of them; `NAME.kubeconfig` is that of a user. */
export async function writeIdentities({ at }: Places): Promise<void> {
  const authority = new CertificateAuthority();
  const ca = authority.certificate;
  const write = (name: string, text: string): Promise<void> =>
    writeFile(at(name), text, { mode: 0o600 });
  const issue = async (name: string, subject: Subject): Promise<Access> => {
    const { certificate, key } = authority.issue(subject);
    await write(`${name}.crt`, certificate);
    await write(`${name}.key`, key);
    return { server: SERVER, ca, certificate, key };
  };
  await write('ca.crt', ca);
  const { publicKey, privateKey } = tokenKeys();
  await write('tokens.pub', publicKey);
  await write('tokens.key', privateKey);
  for (const [name, subject] of Object.entries(SERVERS)) await issue(name, subject);
  for (const [name, subject] of Object.entries(USERS)) {
    await writeKubeconfig(at(`${name}.kubeconfig`), await issue(`${name}-client`, subject));
  }
}
