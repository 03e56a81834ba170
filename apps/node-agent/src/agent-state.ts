import type { NodeCapability, NodeFrame, NodeOffer } from '@deai/protocol';
import { createCpuMeter, detectHardware, memoryUse } from './hardware.ts';
import type { NodeKey } from './identity/node-key.ts';
import type { Registration } from './identity/registration.ts';
import type { AgentState, AgentStatus } from './local/agent-status.ts';
import type { AgentOptions } from './options.ts';
import type { ResultSpool } from './spool/result-spool.ts';
import { AGENT_VERSION } from './version.ts';
import type { QueueCounts } from './work/work-queue.ts';

/** What changes while an agent runs, and is not a part's own. */
interface AgentFacts {
  registration: Registration | undefined;
  capabilities: NodeCapability[];
  online: boolean;
  /** What the operator, through the server, wants of the node. */
  serverMode: 'online' | 'maintenance' | 'draining';
  phase: 'starting' | 'running' | 'draining' | 'stopped';
  metricsPort: number | null;
}

export interface AgentView {
  readonly facts: AgentFacts;
  status(): AgentStatus;
  offer(): NodeOffer;
  heartbeat(): NodeFrame;
}

interface ViewSources {
  options: AgentOptions;
  key: NodeKey;
  credits: number;
  memoryMiB: number;
  spool: ResultSpool;
  counts(): QueueCounts;
}

/** The agent as others see it: its status for the operator, its offer and its heartbeats for the server. */
export function createAgentView({ options, key, credits, memoryMiB, spool, counts }: ViewSources): AgentView {
  const hardware = detectHardware();
  const cpuPercent = createCpuMeter();
  const startedAt = performance.now();
  const uptimeS = () => Math.round((performance.now() - startedAt) / 100) / 10;
  const facts: AgentFacts = {
    registration: undefined,
    capabilities: [],
    online: false,
    serverMode: 'online',
    phase: 'starting',
    metricsPort: null,
  };

  return {
    facts,
    status: () => ({
      state: stateOf(facts),
      nodeId: facts.registration?.nodeId ?? null,
      networkId: facts.registration?.networkId ?? null,
      name: options.name,
      publicKey: key.publicKey,
      serverUrl: options.serverUrl,
      pid: process.pid,
      uptimeS: uptimeS(),
      ...counts(),
      spooled: spool.pending.size,
      capabilities: facts.capabilities,
      agentVersion: AGENT_VERSION,
      metricsPort: facts.metricsPort,
    }),
    offer: () => ({ capabilities: facts.capabilities, credits, memoryMiB, region: options.region, hardware, agentVersion: AGENT_VERSION }),
    heartbeat: () => ({
      type: 'heartbeat',
      metrics: { cpuPercent: cpuPercent(), ...memoryUse(), ...counts(), spooled: spool.pending.size, uptimeS: uptimeS() },
    }),
  };
}

function stateOf({ phase, online, serverMode }: AgentFacts): AgentState {
  if (phase !== 'running') return phase;
  return online ? serverMode : 'connecting';
}
