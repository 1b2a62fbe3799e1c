/** What a server's metrics say. */
import { expect } from 'vitest';
import type { TestServer } from './server.js';

/** The samples of one collection, by name and labels as they are written. */
export class Samples {
  private readonly values = new Map<string, number>();

  constructor(readonly text: string) {
    for (const line of text.split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (match === null) throw new Error(`No sample: ${line}`);
      const [, name = '', labels = '', value] = match;
      this.values.set(key(name, readLabels(labels)), Number(value));
    }
  }

  get(name: string, labels: Record<string, string> = {}): number | undefined {
    return this.values.get(key(name, labels));
  }

  /** How many series there are. */
  get size(): number {
    return this.values.size;
  }
}

/** Collects the metrics of a server that has them on. */
export async function collect(server: TestServer): Promise<Samples> {
  const answer = await fetch(metricsUrl(server));
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return new Samples(await answer.text());
}

/** Where they are, as the server says when it is ready. */
export function metricsUrl(server: TestServer): string {
  const found = server.lines.flatMap((line) => /"metrics":"(http[^"]+)"/.exec(line)?.[1] ?? []);
  return found.at(-1) ?? '';
}

function readLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

function key(name: string, labels: Record<string, string>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}${JSON.stringify(sorted)}`;
}
