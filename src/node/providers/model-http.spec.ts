import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startModelServer } from '../../../test/support/model-server.js';
import { until } from '../../../test/support/reference-node.js';
import { SystemClock } from '../../platform/clock/system-clock.js';
import { EndpointGuard } from './endpoint-guard.js';
import { ModelHttp, readJson, readLines, readText, type ModelCall } from './model-http.js';

const http = new ModelHttp(new EndpointGuard([]), new SystemClock());

function callOf(endpoint: string, more: Partial<ModelCall> = {}): ModelCall {
  const signal = new AbortController().signal;
  return { endpoint, path: '/x', headers: {}, body: {}, timeoutMs: 10_000, signal, ...more };
}

function failure(code: string, more: object = {}): unknown {
  return expect.objectContaining({ code, ...more });
}

describe('ModelHttp', () => {
  it('posts JSON below the path of the endpoint', async () => {
    const model = await startModelServer((response) => response.end('{"a":1}'));
    const headers = { authorization: 'Bearer k' };
    const call = callOf(`${model.url}/base/`, { headers, body: { text: 'ä' } });
    expect(await http.post(call, readJson)).toEqual({ a: 1 });
    expect(model.requests).toMatchObject([
      {
        path: '/base/x',
        headers: { authorization: 'Bearer k', 'content-type': 'application/json' },
        body: { text: 'ä' },
      },
    ]);
  });

  it('connects to the address that was checked, and looks no name up again', async () => {
    const model = await startModelServer((response) => response.end('reached'));
    let lookups = 0;
    const guard = new EndpointGuard([], async () => {
      const address = lookups++ === 0 ? '127.0.0.1' : '169.254.169.254';
      return [{ address, family: 4 }];
    });
    const endpoint = `http://model.invalid:${model.port}`;
    const pinned = new ModelHttp(guard, new SystemClock());
    expect(await pinned.post(callOf(endpoint), readText)).toBe('reached');
    expect(model.requests[0]?.headers.host).toBe(`model.invalid:${model.port}`);
    expect(lookups).toBe(1);
  });

  it('sends nothing to a refused endpoint', async () => {
    const model = await startModelServer((response) => response.end());
    const guard = new EndpointGuard([{ from: model.port, to: model.port }]);
    const call = new ModelHttp(guard, new SystemClock()).post(callOf(model.url), readText);
    await expect(call).rejects.toEqual(failure('model_endpoint_refused'));
    expect(model.requests).toHaveLength(0);
  });

  it('follows no redirect', async () => {
    const target = await startModelServer((response) => response.end('secret'));
    const model = await startModelServer((response) => {
      response.writeHead(307, { location: target.url });
      response.end();
    });
    const call = http.post(callOf(model.url), readText);
    await expect(call).rejects.toEqual(failure('model_redirect_refused'));
    expect(target.requests).toHaveLength(0);
  });

  it('shows the start of what a failing server says', async () => {
    const model = await startModelServer((response) => {
      response.statusCode = 400;
      response.end(`bad   field\n${'x'.repeat(2_000_000)}`);
    });
    const error = await http.post(callOf(model.url), readText).catch((caught: unknown) => caught);
    expect(error).toEqual(failure('model_provider_http_error', { kind: 'upstream_failed' }));
    const { message } = error as Error;
    expect(message).toMatch(/^Provider returned 400: bad field x/);
    expect(message.length).toBeLessThan(900);
  });

  it('names the reason when nobody listens and when a name is unknown', async () => {
    const refusing = createServer().listen(0, '127.0.0.1');
    await until(() => refusing.listening);
    const { port } = refusing.address() as AddressInfo;
    refusing.close();
    const refused = http.post(callOf(`http://127.0.0.1:${port}`), readText);
    await expect(refused).rejects.toEqual(failure('model_connection_refused'));
    const unknown = new ModelHttp(
      new EndpointGuard([], () => {
        throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
      }),
      new SystemClock(),
    ).post(callOf('http://model.invalid'), readText);
    await expect(unknown).rejects.toEqual(failure('model_dns_resolution_failed'));
  });

  it.each([
    ['answers nothing', (): void => undefined],
    [
      'starts and then stops',
      (response: { write(text: string): void }): void => response.write('{"half'),
    ],
  ])('gives up on a server that %s', async (_what, reply) => {
    const model = await startModelServer(reply);
    const call = http.post(callOf(model.url, { timeoutMs: 200 }), readText);
    await expect(call).rejects.toEqual(failure('model_timeout', { kind: 'upstream_timeout' }));
    await until(() => model.aborted === 1);
  });

  it('gives up on a name server that answers nothing', async () => {
    const guard = new EndpointGuard([], () => new Promise(() => undefined));
    const slow = new ModelHttp(guard, new SystemClock());
    const call = slow.post(callOf('http://model.invalid', { timeoutMs: 100 }), readText);
    await expect(call).rejects.toEqual(failure('model_timeout'));
  });

  it('ends with the reason of its caller', async () => {
    const model = await startModelServer(() => undefined);
    const leave = new AbortController();
    const call = http.post(callOf(model.url, { signal: leave.signal }), readText);
    const leaving = until(() => model.requests.length === 1).then(() =>
      leave.abort(new Error('gone')),
    );
    await expect(call).rejects.toThrow('gone');
    await leaving;
    await until(() => model.aborted === 1);
    await expect(http.post(callOf(model.url, { signal: leave.signal }), readText)).rejects.toThrow(
      'gone',
    );
    expect(model.requests).toHaveLength(1);
  });

  it('refuses an answer without end, one that breaks off, and what is not HTTP', async () => {
    const endless = await startModelServer((response) => {
      response.on('error', () => undefined);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const tooLong = http.post(callOf(endless.url), readText);
    await expect(tooLong).rejects.toEqual(failure('model_bad_response'));
    const broken = await startModelServer((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    const cut = http.post(callOf(broken.url), readText);
    await expect(cut).rejects.toEqual(failure('model_all_providers_failed'));
    const garbage = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('SSH-2.0-garbage\r\n');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void garbage.close());
    await until(() => garbage.listening);
    const { port } = garbage.address() as AddressInfo;
    const nonsense = http.post(callOf(`http://127.0.0.1:${port}`), readText);
    await expect(nonsense).rejects.toEqual(failure('model_all_providers_failed'));
  });

  it('reads lines however they are cut, and keeps characters whole', async () => {
    const model = await startModelServer((response) => {
      const bytes = Buffer.from('one\r\n\ntwö\nthree');
      void (async () => {
        for (const byte of bytes) {
          response.write(Buffer.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end();
      })();
    });
    const lines = await http.post(callOf(model.url), async (answer) => {
      const all: string[] = [];
      for await (const line of readLines(answer)) all.push(line);
      return all;
    });
    expect(lines).toEqual(['one', 'twö', 'three']);
  });

  it('calls an answer bad that is not JSON', async () => {
    const model = await startModelServer((response) => response.end('<html>'));
    const call = http.post(callOf(model.url), readJson);
    await expect(call).rejects.toEqual(failure('model_bad_response'));
  });
});
