import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error.js';
import { DEPTH_LIMIT, isNestedDeeper } from '../json/nesting.js';

/** The largest body, which is also the largest agent spec. */
export const BODY_LIMIT_BYTES = 256 * 1024;

export const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml'];

/** Routes with this configuration get the bytes as they came, and parse them themselves. */
export const RAW_BODY = { rawBody: true } as const;

/** The bytes of a request and what they claim to be. */
export interface RawBody {
  bytes: Buffer;
  format: 'json' | 'yaml';
}

/** Replaces the parsers of the framework by ones that are strict about UTF-8 and depth. */
export function registerBodyParsers(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: string | Buffer) =>
      wantsRaw(request) ? rawBody(bytes, 'json') : parseJson(bytes),
  );
  server.addContentTypeParser(
    YAML_TYPES,
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: string | Buffer) => {
      if (wantsRaw(request)) return rawBody(bytes, 'yaml');
      throw new AppError(
        'unsupported_media_type',
        'unsupported_media_type',
        'YAML is taken by the agent routes alone; send application/json.',
      );
    },
  );
}

function wantsRaw(request: FastifyRequest): boolean {
  return (request.routeOptions.config as Partial<typeof RAW_BODY>).rawBody === true;
}

function rawBody(bytes: string | Buffer, format: RawBody['format']): RawBody {
  return { bytes: Buffer.from(bytes), format };
}

/** Parses a JSON body; an empty one is `undefined`. */
export function parseJson(bytes: string | Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes));
  } catch {
    throw invalidJson('The body is not valid UTF-8.');
  }
  if (isNestedDeeper(text, DEPTH_LIMIT)) {
    throw invalidJson(`The body is nested deeper than ${DEPTH_LIMIT} levels.`);
  }
  try {
    return JSON.parse(text, refusePrototype) as unknown;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw invalidJson(`The body is not valid JSON: ${(error as Error).message}`);
  }
}

/** No schema knows this key, and strict schemas pass over it. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key !== '__proto__') return value;
  throw new AppError('invalid', 'invalid_request', 'The body has a key __proto__; leave it out.');
}

function invalidJson(message: string): AppError {
  return new AppError('invalid', 'invalid_json', message);
}
