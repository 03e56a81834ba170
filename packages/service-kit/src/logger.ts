import { requestContext } from '@deai/bus';
import { destination, type Level, type Logger as PinoLogger, pino } from 'pino';
import pretty from 'pino-pretty';

export type Logger = PinoLogger;
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = Level | 'silent';

export interface LoggerOptions {
  level: LogLevel;
  /** Lines for people instead of JSON. */
  pretty: boolean;
  /** File to append to; standard error when left out. */
  file?: string;
}

/** A logger whose lines carry the request id of the code that logs; credentials are never written. */
export function createLogger({ level, pretty: forPeople, file }: LoggerOptions): Logger {
  const output = file ? destination({ dest: file, mkdir: true, sync: false }) : destination({ fd: 2, sync: true });
  return pino(
    {
      level,
      base: null,
      mixin: () => requestContext.getStore() ?? {},
      redact: {
        paths: ['*.password', '*.accessToken', '*.refreshToken', '*.apiKey', '*.key', '*.authorization', 'req.headers.authorization'],
      },
    },
    forPeople ? pretty({ colorize: !file, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', destination: output }) : output,
  );
}
