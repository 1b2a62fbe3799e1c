import { expect, it } from 'vitest';
import { Metrics } from './metrics.js';

it('counts requests under the name of client-go', async () => {
  const metrics = new Metrics();
  const requests = metrics.apiRequests();
  requests.answered('200', 'GET', 'k.test:6443');
  requests.answered('200', 'GET', 'k.test:6443');
  requests.answered('<error>', 'PATCH', 'k.test:6443');
  const text = await metrics.registry.metrics();
  expect(text.split('\n').filter((line) => line.startsWith('rest_client'))).toEqual([
    'rest_client_requests_total{code="200",method="GET",host="k.test:6443"} 2',
    'rest_client_requests_total{code="<error>",method="PATCH",host="k.test:6443"} 1',
  ]);
});
