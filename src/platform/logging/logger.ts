import type { LoggerService } from '@nestjs/common';
import pino from 'pino';
import pretty from 'pino-pretty';
import type { LoggingConfig } from '../../config/logging.config.js';
import { currentRequestId } from '../http/request-context.js';
import { redactText, SECRET_KEYS } from './redaction.js';

/** What goes with a message; `error` may hold anything thrown. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The log: a constant message in the past tense, and fields. Secrets are blanked twice: fields by
 * their name, and the finished line by what credentials look like.
 */
export class Logger implements LoggerService {
  constructor(private readonly target: pino.Logger) {}

  static create(config: LoggingConfig, output: NodeJS.WritableStream = process.stdout): Logger {
    const isTerminal = 'isTTY' in output && output.isTTY === true;
    const format = config.format ?? (isTerminal ? 'pretty' : 'json');
    const lines =
      format === 'pretty'
        ? pretty({ colorize: isTerminal, ignore: 'pid,hostname', destination: output, sync: true })
        : output;
    const redacting = { write: (line: string) => void lines.write(redactText(line)) };
    const target = pino(
      {
        level: config.level,
        base: undefined,
        timestamp: pino.stdTimeFunctions.isoTime,
        mixin: () => {
          const requestId = currentRequestId();
          return requestId === undefined ? {} : { requestId };
        },
        formatters: { level: (level) => ({ level }) },
        redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
        serializers: { error: pino.stdSerializers.err },
      },
      redacting,
    );
    return new Logger(target);
  }

  /** For the framework, whose story of a start is of interest to its developers alone. */
  forFramework(): LoggerService {
    return {
      log: (message: unknown, context: unknown) => this.debug(String(message), context),
      warn: (message: unknown, context: unknown) => this.warn(String(message), context),
      error: (message: unknown, context: unknown) => this.error(String(message), context),
      debug: (message: unknown, context: unknown) => this.debug(String(message), context),
    };
  }

  /** Whether what is of interest to developers alone is logged. */
  get isVerbose(): boolean {
    return this.target.isLevelEnabled('debug');
  }

  debug(message: string, fields?: unknown): void {
    this.target.debug(asFields(fields), message);
  }

  log(message: string, fields?: unknown): void {
    this.target.info(asFields(fields), message);
  }

  warn(message: string, fields?: unknown): void {
    this.target.warn(asFields(fields), message);
  }

  error(message: string, fields?: unknown): void {
    this.target.error(asFields(fields), message);
  }

  fatal(message: string, fields?: unknown): void {
    this.target.fatal(asFields(fields), message);
  }
}

/** The framework passes the name of a class as a string. */
function asFields(fields: unknown): object {
  if (typeof fields === 'string') return { context: fields };
  return typeof fields === 'object' && fields !== null ? fields : {};
}
