import { randomBytes, timingSafeEqual } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { AgentStatus } from './agent-status.ts';
import { listenLocal } from './listen.ts';
import { writePrivateFile } from './private-file.ts';

/** Contents of `agent.json`: where a running agent answers its operator. */
interface ControlFile {
  pid: number;
  port: number;
  token: string;
}

export interface ControlHandlers {
  status(): AgentStatus;
  /** Starts a drain; the answer does not wait for its end. */
  drain(): void;
}

/**
 * Answers `GET /status` and `POST /drain` on the loopback address for whoever can read `agent.json` (mode 0600) in the data folder:
 * it holds the port and a token made for this run.
 */
export async function startControlServer(dataDir: string, handlers: ControlHandlers): Promise<{ close(): Promise<void> }> {
  const token = randomBytes(32).toString('base64url');
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (!holdsToken(request, token)) return answer(401, { error: 'no token' });
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /status') return answer(200, handlers.status());
    if (route !== 'POST /drain') return answer(404, { error: 'nothing here' });
    handlers.drain();
    return answer(202, handlers.status());
  });
  const { port, close } = await listenLocal(server, 0, '127.0.0.1');
  const path = controlPath(dataDir);
  const contents: ControlFile = { pid: process.pid, port, token };
  await writePrivateFile(path, JSON.stringify(contents));
  return {
    async close() {
      await close();
      await rm(path, { force: true });
    },
  };
}

/** Path of the control file of a data folder. */
export function controlPath(dataDir: string): string {
  return join(dataDir, 'agent.json');
}

function holdsToken(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
