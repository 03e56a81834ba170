import { createServer } from 'node:http';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { residentMiB } from '../isolation/rss-watch.ts';
import type { AgentStatus } from './agent-status.ts';
import { listenLocal } from './listen.ts';

const COUNTS = {
  running: 'Tasks running now',
  queued: 'Tasks accepted and waiting',
  spooled: 'Results not yet taken by the server',
  completed: 'Tasks completed since the start',
  failed: 'Tasks failed since the start',
} as const;

/** Serves Prometheus metrics at `/metrics`. `pids` are the executors' processes. */
export async function startMetricsServer(port: number, host: string, status: () => AgentStatus, pids: () => number[]) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const [name, help] of Object.entries(COUNTS) as [keyof typeof COUNTS, string][]) {
    gauge(registry, `deai_node_tasks_${name}`, help, () => status()[name]);
  }
  gauge(registry, 'deai_node_online', '1 while the node has a session', () => (status().state === 'online' ? 1 : 0));
  gauge(registry, 'deai_node_executor_processes', 'Child processes of executors', () => pids().length);
  gauge(registry, 'deai_node_executor_resident_bytes', 'Resident size of all executors', () => residentBytes(pids()));

  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') return void response.writeHead(404).end();
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  return listenLocal(server, port, host);
}

function gauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}

function residentBytes(pids: number[]): number {
  return pids.reduce((sum, pid) => sum + (residentMiB(pid) ?? 0), 0) * 1024 * 1024;
}
