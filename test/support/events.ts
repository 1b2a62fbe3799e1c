/** A reader of server-sent events, over a plain request. */
import type { Headers } from './api.js';
import type { TestServer } from './server.js';

export interface SeenEvent {
  event: string;
  id: string | undefined;
  data: Record<string, unknown>;
}

export interface EventReader {
  response: Response;
  /** The events so far. */
  seen: SeenEvent[];
  /** Resolves with all events when the server has ended the stream. */
  ended: Promise<SeenEvent[]>;
  leave(): void;
}

/** Asks for a stream of events. */
export async function readEvents(
  server: TestServer,
  path: string,
  { headers, body }: { headers: Headers; body?: unknown },
): Promise<EventReader> {
  const leaving = new AbortController();
  const response = await fetch(`${server.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: leaving.signal,
  });
  const seen: SeenEvent[] = [];
  const ended = collect(response, seen).catch((error: unknown) => {
    if (leaving.signal.aborted) return seen;
    throw error;
  });
  return { response, seen, ended, leave: () => leaving.abort() };
}

async function collect(response: Response, seen: SeenEvent[]): Promise<SeenEvent[]> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) if (!block.startsWith(':')) seen.push(readBlock(block));
  }
  return seen;
}

function readBlock(block: string): SeenEvent {
  const fields = new Map(
    block.split('\n').map((line) => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2)] as const;
    }),
  );
  return {
    event: fields.get('event') ?? '',
    id: fields.get('id'),
    data: JSON.parse(fields.get('data') ?? '{}') as Record<string, unknown>,
  };
}
