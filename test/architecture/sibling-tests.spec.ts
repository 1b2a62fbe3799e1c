import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** What a file of these kinds decides is shown over HTTP or on a real database, or it is nothing. */
const SHOWN_BY_OTHER_TIERS =
  /\.(module|controller|service|repository|entity|schemas|errors|events|examples|openapi|types|words|decorators?|strategy|config|reconciler)\.ts$|\/migrations\//;

/** Files that decide something without a test beside them, below the test that shows what they do. */
const SHOWN_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'src/config/load-config.spec.ts': [
    'src/config/concern.ts',
    'src/config/document.ts',
    'src/config/kubernetes-setting-types.ts',
    'src/config/secrets.ts',
    'src/config/setting-types.ts',
  ],
  'src/reconciliation/drivers/kubernetes/objects/tenant-objects.spec.ts': [
    'src/reconciliation/drivers/kubernetes/objects/object-metadata.ts',
    'src/reconciliation/drivers/kubernetes/objects/namespace.ts',
    'src/reconciliation/drivers/kubernetes/objects/network-policies.ts',
    'src/reconciliation/drivers/kubernetes/objects/node-objects.ts',
    'src/reconciliation/drivers/kubernetes/objects/node-pod.ts',
    'src/reconciliation/drivers/kubernetes/objects/node-resources.ts',
  ],
  'src/reconciliation/drivers/kubernetes/objects/in-sync.spec.ts': [
    'src/reconciliation/drivers/kubernetes/objects/drift.ts',
    'src/reconciliation/drivers/kubernetes/objects/object-shapes.ts',
  ],
  'test/cluster/provisioning/tenant-life.spec.ts': [
    'src/reconciliation/drivers/kubernetes/call.ts',
    'src/reconciliation/drivers/kubernetes/kept-object.ts',
    'src/reconciliation/drivers/kubernetes/kubernetes.driver.ts',
  ],
  'test/cluster/provisioning/ways-to-node.spec.ts': [
    'src/reconciliation/drivers/kubernetes/node-route.ts',
    'src/reconciliation/drivers/kubernetes/silent-nodes.ts',
  ],
  'test/cluster/provisioning/drift.spec.ts': [
    'src/reconciliation/drivers/kubernetes/applied-objects.ts',
    'src/reconciliation/drivers/kubernetes/object-writer.ts',
    'src/reconciliation/drivers/kubernetes/owned-objects.ts',
    'src/reconciliation/drivers/kubernetes/tenant-differences.ts',
    'src/reconciliation/drivers/kubernetes/tenant-place.ts',
  ],
  'test/cluster/provisioning/rollout.spec.ts': [
    'src/reconciliation/drivers/kubernetes/rollout-gate.ts',
  ],
  'test/cluster/provisioning/replicas.spec.ts': ['src/start-cluster.ts'],
  'src/reconciliation/resources/resources.spec.ts': [
    'src/reconciliation/resources/tenant-resource.ts',
  ],
  'src/reconciliation/resources/custom-resource.spec.ts': [
    'src/reconciliation/resources/admission-policies.ts',
  ],
  'src/reconciliation/doors/resource.plan.spec.ts': ['src/reconciliation/doors/wanted-resource.ts'],
  'test/cluster/doors/adoption.spec.ts': ['src/reconciliation/agent/reference-gate.ts'],
  'test/cluster/doors/drift.spec.ts': [
    'src/reconciliation/doors/cluster-doors.ts',
    'src/reconciliation/doors/resource-keeper.ts',
    'src/reconciliation/doors/resource-writes.ts',
  ],
  'test/cluster/doors/loss.spec.ts': ['src/reconciliation/doors/departure.ts'],
  'src/agents/spec/agent-spec.parser.spec.ts': [
    'src/agents/spec/agent-spec.text.ts',
    'src/platform/json/json-object.ts',
  ],
  'src/node/agent.chain.spec.ts': ['src/node/json.ts'],
  'src/node/http-server.spec.ts': ['src/node/bearer.ts'],
  'src/node/node.routes.spec.ts': ['src/node/request-body.ts'],
  'src/node/providers/model-http.spec.ts': ['src/node/deadline.ts'],
  'src/node/agent.build.spec.ts': ['src/node/agent.tools.ts'],
  'src/node/traces.spec.ts': ['src/node/usage.ts'],
  'src/nodes/node-client.spec.ts': ['src/nodes/node-answer.ts', 'src/nodes/node-http.ts'],
  'src/platform/process/child-supervisor.spec.ts': ['src/platform/process/launch.ts'],
  'src/platform/process/process-identity.spec.ts': ['src/platform/process/ps-command.ts'],
  'test/integration/unit-of-work.spec.ts': [
    'src/platform/database/data-sources.ts',
    'src/platform/database/postgres-unit-of-work.ts',
    'src/platform/database/sqlite-unit-of-work.ts',
    'src/platform/database/unit-of-work.ts',
  ],
  'test/integration/hot-reads.spec.ts': [
    'src/platform/database/hot-query.ts',
    'src/platform/database/hot-reads.ts',
    'src/platform/database/postgres-questions.ts',
    'src/platform/database/sqlite-statements.ts',
  ],
  'test/integration/foreign-writes.sqlite.spec.ts': ['src/platform/events/sqlite-wake-channel.ts'],
  'test/integration/migrations.spec.ts': [
    'src/platform/database/database.ts',
    'src/platform/database/migrator.ts',
  ],
  'test/integration/data-folder.sqlite.spec.ts': ['src/platform/database/folder-lock.ts'],
  'test/faults/storage.sqlite.spec.ts': [
    'src/platform/database/sqlite-file.ts',
    'src/platform/database/storage-check.ts',
    'src/platform/database/storage-watch.ts',
    'src/platform/database/unwritable-folder.ts',
  ],
  'test/faults/database.postgres.spec.ts': ['src/platform/database/postgres-client.ts'],
  'test/integration/several-servers.postgres.spec.ts': [
    'src/platform/database/lease.ts',
    'src/platform/events/postgres-wake-channel.ts',
    'src/platform/events/wake-channel.ts',
  ],
  'test/integration/agent-reconciler.spec.ts': [
    'src/platform/clock/clock.ts',
    'src/reconciliation/agent/agent-node.ts',
    'src/reconciliation/agent/agent.status.ts',
    'src/reconciliation/node-knowledge.ts',
  ],
  'test/e2e/accounts.spec.ts': [
    'src/access/actor.ts',
    'src/auth/opaque-credential.ts',
    'src/auth/passport-authenticator.ts',
  ],
  'test/e2e/proxies.spec.ts': ['src/platform/http/cors.ts'],
  'test/e2e/tokens.spec.ts': ['src/auth/access-tokens.ts'],
  'src/auth/password-thread.spec.ts': ['src/auth/password-work.ts'],
  'test/e2e/tenants.spec.ts': [
    'src/access/access.guard.ts',
    'src/platform/http/page-answer.ts',
    'src/tenants/member-tenant-scope.ts',
  ],
  'test/e2e/agents.spec.ts': [
    'src/agents/agent-draft.ts',
    'src/agents/etag.ts',
    'src/platform/errors/app-error.ts',
    'src/platform/http/body-parsers.ts',
    'src/platform/http/error-answer.ts',
    'src/platform/http/error.filter.ts',
    'src/platform/http/foreign-errors.ts',
    'src/platform/http/known-routes.ts',
    'src/platform/http/request-context.ts',
    'src/platform/http/validation.ts',
    'src/platform/ids/ids.ts',
  ],
  'test/architecture/openapi-document.spec.ts': [
    'src/platform/http/error-responses.ts',
    'src/platform/http/openapi.ts',
  ],
  'test/architecture/routes.spec.ts': ['src/platform/http/endpoint.ts'],
  'test/architecture/route-declarations.spec.ts': ['src/platform/http/validated-arguments.ts'],
  'src/cli/run-command.spec.ts': ['src/cli/usage.ts'],
  'test/e2e/admin-backup.spec.ts': [
    'src/cli/backup.ts',
    'src/cli/migrate.ts',
    'src/cli/restore.ts',
  ],
  'test/e2e/admin.spec.ts': [
    'src/cli/check.ts',
    'src/cli/confirm-deletions.ts',
    'src/cli/create-admin.ts',
    'src/cli/create-key.ts',
    'src/cli/installation.ts',
    'src/cli/list-users.ts',
    'src/cli/password.ts',
    'src/cli/reset-password.ts',
    'src/cli/switch-user.ts',
  ],
  'test/integration/backup.spec.ts': [
    'src/platform/database/backup/backup-reader.ts',
    'src/platform/database/backup/backup-writer.ts',
    'src/platform/database/backup/restore.ts',
    'src/platform/database/catalog.ts',
    'src/platform/database/snapshot.ts',
  ],
  'test/integration/integrity.spec.ts': [
    'src/platform/database/integrity.ts',
    'src/platform/integrity/integrity-checks.ts',
  ],
  'test/integration/retention.spec.ts': [
    'src/platform/retention/retention-schedule.ts',
    'src/platform/retention/retention.ts',
  ],
  'src/platform/kubernetes/cluster-requests.spec.ts': ['src/platform/kubernetes/http-exchange.ts'],
  'src/platform/kubernetes/kubeconfig-connection.spec.ts': [
    'src/platform/kubernetes/kubeconfig-source.ts',
  ],
  'src/platform/kubernetes/kubernetes-api.spec.ts': [
    'src/platform/kubernetes/kubernetes-object.ts',
  ],
  'src/platform/kubernetes/reflector.spec.ts': [
    'src/platform/kubernetes/reflector-events.ts',
    'src/platform/kubernetes/watch-frames.ts',
  ],
  'test/e2e/metrics.spec.ts': [
    'src/platform/metrics/metrics-listener.ts',
    'src/platform/metrics/prometheus-controllers.ts',
    'src/platform/metrics/prometheus-requests.ts',
    'src/platform/metrics/prometheus-state.ts',
  ],
  'test/e2e/document.spec.ts': ['src/platform/http/openapi-routes.ts'],
  'test/e2e/running.spec.ts': [
    'src/reconciliation/agent-waker.ts',
    'src/reconciliation/drivers/local/local.driver.ts',
    'src/reconciliation/tenant-node-access.ts',
    'src/reconciliation/tenant/node-check.ts',
  ],
  'test/e2e/text.spec.ts': [
    'src/platform/http/request-log.ts',
    'src/platform/http/unread-input.guard.ts',
  ],
  'test/e2e/traces.spec.ts': ['src/reconciliation/tenant/trace-reader.ts'],
  'test/e2e/run-sockets.spec.ts': [
    'src/agents/runs/agent-conversation.ts',
    'src/platform/http/upgrades.ts',
  ],
  'test/e2e/process.spec.ts': [
    'src/main.ts',
    'src/platform/http/http-server.ts',
    'src/platform/http/silent-connections.ts',
    'src/server.ts',
  ],
};

const SOURCES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => path.posix.join('src', ...file.split(path.sep)))
  .filter((file) => file.endsWith('.ts'));
const LISTED = Object.values(SHOWN_ELSEWHERE).flat();

describe('a file that decides something', () => {
  const deciding = SOURCES.filter(
    (file) => !file.endsWith('.spec.ts') && !SHOWN_BY_OTHER_TIERS.test(file) && decides(file),
  );

  it('has a test beside it, or is listed with the one that shows what it does', () => {
    const untested = deciding.filter((file) => !hasSibling(file) && !LISTED.includes(file));
    expect(untested).toEqual([]);
  });

  it('is listed only as long as that is needed', () => {
    expect(LISTED.filter((file) => !deciding.includes(file) || hasSibling(file))).toEqual([]);
    expect(Object.keys(SHOWN_ELSEWHERE).filter((spec) => !existsSync(spec))).toEqual([]);
  });
});

/** Whether a file has a branch or a loop anywhere. */
function decides(file: string): boolean {
  const code = readFileSync(file, 'utf8').replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '');
  return /\b(if|switch|for|while) \(|&&|\|\||\?\?|\? /.test(code);
}

function hasSibling(file: string): boolean {
  return SOURCES.includes(file.replace(/\.ts$/, '.spec.ts'));
}
