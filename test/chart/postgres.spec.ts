import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../cluster/kube-objects.types.js';
import { theCluster } from '../cluster/test-cluster.js';
import { CHART, Helm, HELMS } from './helm.js';
import { Release } from './releases.js';

const cluster = theCluster();
const { admin } = cluster;
/** The definitions are those of whoever installs in the same cluster as the first. */
const SECOND = ['crds.install=false', 'rbac.people=false', 'metrics.serviceMonitor.enabled=false'];

interface Deployment extends KubeObject {
  spec: { replicas: number };
}

describe.skipIf(cluster.facts.kubelet === undefined).each(HELMS)(
  'a release of %s with PostgreSQL, as one of two installs',
  (name) => {
    const full = `nexus-${name}`;
    const job = `${full}-migrate`;
    let helm: Helm;
    let release: Release;

    beforeAll(async () => {
      helm = await Helm.find(name, cluster.facts.adminKubeconfig);
      const namespace = `nexus-postgres-${name}`;
      const sets = [`fullnameOverride=${full}`, ...SECOND].flatMap((one) => ['--set', one]);
      const values = ['--values', `${CHART}/examples/production-postgres.yaml`, ...sets];
      release = new Release(helm, admin, namespace, values);
    });
    afterAll(() => helm?.end());

    const replicasNow = async (): Promise<number | undefined> =>
      (await release.find<Deployment>('apps/v1', 'deployments', full))?.spec.replicas;

    it('is installed, every object of it', async () => {
      await release.install('--create-namespace');
      expect(await replicasNow()).toBe(2);
      for (const [group, plural] of [
        ['policy/v1', 'poddisruptionbudgets'],
        ['networking.k8s.io/v1', 'networkpolicies'],
        ['networking.k8s.io/v1', 'ingresses'],
      ] as const) {
        expect(await release.find(group, plural, full), plural).toBeDefined();
      }
      // Those of its user are there, or it waits for them.
      expect(await release.find('v1', 'secrets', `${full}-secrets`)).toBeUndefined();
    });

    it('is not rolled out when the migration fails', async () => {
      const upgrade = release.upgrade(CHART, '--set', 'replicas=3');
      await release.endJob(job, 'Failed');
      const { code, stderr } = await upgrade;
      expect(code).not.toBe(0);
      expect(stderr).toContain('pre-upgrade');
      expect(await replicasNow()).toBe(2);
    });

    it('is rolled out when it has migrated', async () => {
      const upgrade = release.upgrade(CHART, '--set', 'replicas=3');
      await release.endJob(job, 'Succeeded');
      const { code, stderr } = await upgrade;
      expect(code, stderr).toBe(0);
      expect(await replicasNow()).toBe(3);
    });

    it('does not go back to a program that may not use the database', async () => {
      const rollback = release.rollback();
      await release.endJob(job, 'Failed');
      expect((await rollback).code).not.toBe(0);
      expect(await replicasNow()).toBe(3);
    });

    it('is removed with everything of it that keeps no data', async () => {
      await release.uninstall();
      expect(await replicasNow()).toBeUndefined();
      const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
      expect(await admin.find(`${roles}/${full}`)).toBeUndefined();
    });
  },
);
