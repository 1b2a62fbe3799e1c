// The dashboard for Grafana: what an admin looks at first, of the metrics in docs/operations.md.

const WIDTH = 12;
const HEIGHT = 8;
const PER_ROW = 24 / WIDTH;

/** Title, unit of Grafana, and queries with their legends. */
const PANELS = [
  [
    'Requests',
    'reqps',
    ['sum by (status) (rate(nexus_http_requests_total[$__rate_interval]))', '{{status}}'],
  ],
  [
    'Time of a request, 95th percentile',
    's',
    [
      'histogram_quantile(0.95, sum by (le) (rate(nexus_http_request_duration_seconds_bucket[$__rate_interval])))',
      'all routes',
    ],
  ],
  [
    'Calls to nodes',
    'reqps',
    ['sum by (outcome) (rate(nexus_node_calls_total[$__rate_interval]))', '{{outcome}}'],
  ],
  [
    'Passes of the reconcilers',
    'ops',
    [
      'sum by (controller, result) (rate(controller_runtime_reconcile_total[$__rate_interval]))',
      '{{controller}} {{result}}',
    ],
  ],
  ['Waiting in the queues', 'short', ['sum by (name) (workqueue_depth)', '{{name}}']],
  ['Holds the lease', 'short', ['leader_election_master_status', '{{pod}}']],
  [
    'Requests to the API server',
    'reqps',
    ['sum by (code) (rate(rest_client_requests_total[$__rate_interval]))', '{{code}}'],
  ],
  [
    'Waiting for the database, 99th percentile',
    's',
    [
      'histogram_quantile(0.99, sum by (le) (rate(nexus_database_unit_wait_seconds_bucket[$__rate_interval])))',
      'a unit of work',
    ],
  ],
  ['Rows', 'short', ['max by (table) (nexus_table_rows)', '{{table}}']],
  ['Memory', 'bytes', ['process_resident_memory_bytes{job=~".*nexus.*"}', '{{pod}}']],
];

/** The dashboard as Grafana reads it from a file. */
export function dashboard() {
  return {
    uid: 'nexus',
    title: 'Nexus',
    tags: ['nexus'],
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [{ name: 'source', label: 'Source', type: 'datasource', query: 'prometheus' }],
    },
    panels: PANELS.map(panel),
  };
}

function panel([title, unit, ...queries], index) {
  return {
    id: index + 1,
    type: 'timeseries',
    title,
    datasource: { type: 'prometheus', uid: '${source}' },
    gridPos: {
      x: (index % PER_ROW) * WIDTH,
      y: Math.floor(index / PER_ROW) * HEIGHT,
      w: WIDTH,
      h: HEIGHT,
    },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(([expr, legendFormat], at) => ({
      refId: String.fromCodePoint('A'.codePointAt(0) + at),
      expr,
      legendFormat,
    })),
  };
}
