import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../clock/clock.js';
import type { Database } from '../database/database.js';
import type { Lease } from '../database/lease.js';
import { TableSizes } from './table-sizes.js';

// What is looked up when somebody collects, rather than counted when it happens.

/** Shows who reconciles, the pool of connections, and the rows of the tables. */
export function showState(
  registry: Registry,
  { database, lease, clock }: { database: Database; lease: Lease; clock: Clock },
): void {
  const show = (gauge: Gauge): void => registry.registerMetric(gauge);
  const registers: Registry[] = [];
  show(
    new Gauge({
      name: 'leader_election_master_status',
      help: 'Whether this process holds the lease and reconciles.',
      labelNames: ['name'],
      registers,
      collect() {
        this.set({ name: 'nexus' }, lease.held ? 1 : 0);
      },
    }),
  );
  const sizes = new TableSizes(() => database.countRows(), clock);
  show(
    new Gauge({
      name: 'nexus_table_rows',
      help: 'Number of rows by table, at most a minute old.',
      labelNames: ['table'],
      registers,
      async collect() {
        for (const [table, count] of await sizes.read()) this.set({ table }, count);
      },
    }),
  );
  if (database.dialect === 'sqlite') return;
  show(
    new Gauge({
      name: 'nexus_database_pool_connections',
      help: 'Connections to PostgreSQL that are in use or idle, and requests that wait for one.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const [state, count] of Object.entries(database.pool())) this.set({ state }, count);
      },
    }),
  );
}
