import { Writable } from 'node:stream';
import { LoggingConfig } from '../../src/config/logging.config.js';
import { Logger } from '../../src/platform/logging/logger.js';

/** A logger that says nothing. */
export function silentLogger(): Logger {
  return Logger.create(new LoggingConfig({ level: 'silent', format: 'json' }));
}

/** A logger that keeps its lines. */
export function recordingLogger(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const config = new LoggingConfig({ level: 'trace', format: 'json' });
  return { logger: Logger.create(config, output), lines };
}
