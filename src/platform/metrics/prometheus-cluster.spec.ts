import { expect, it } from 'vitest';
import { Metrics } from './metrics.js';

it('counts requests and shows leadership under the names of client-go', async () => {
  const metrics = new Metrics();
  const { requests, leadership } = metrics.cluster();
  requests.answered('200', 'GET', 'k.test:6443');
  requests.answered('200', 'GET', 'k.test:6443');
  requests.answered('<error>', 'PATCH', 'k.test:6443');
  leadership.changed('nexus', true);
  leadership.changed('other', false);
  const text = await metrics.registry.metrics();
  expect(text.split('\n').filter((line) => /^(rest_client|leader)/.test(line))).toEqual([
    'rest_client_requests_total{code="200",method="GET",host="k.test:6443"} 2',
    'rest_client_requests_total{code="<error>",method="PATCH",host="k.test:6443"} 1',
    'leader_election_master_status{name="nexus"} 1',
    'leader_election_master_status{name="other"} 0',
  ]);
});
