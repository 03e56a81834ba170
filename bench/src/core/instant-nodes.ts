import type { Bus } from '@deai/bus';
import { canonicalJson, type NodeAssignment, type NodeSession, newId, type SignedResult, type WireTask } from '@deai/protocol';

/** Nodes in this process that answer every assignment at once. */
export interface InstantNodes {
  /** Opens their sessions; `done` is told of results that were committed and paid. */
  open(done: (count: number) => void): Promise<void>;
  close(): Promise<void>;
}

/** As many leases as the peers fetch at once, among as many nodes as they have workers. */
const NODES = 24;
const CREDITS = 100;
const MODEL = 'lid-176';
const OUTPUT = canonicalJson({ results: [[{ confidence: 0.98, language: 'en' }]] });
const SIGNATURE = Buffer.alloc(64).toString('base64');

/** Plays the node manager: serves the commands that the task manager calls. */
export async function serveInstantNodes(bus: Bus): Promise<InstantNodes> {
  const instanceId = newId();
  const sessions = Array.from({ length: NODES }, () => sessionOf(instanceId));
  let told: (count: number) => void = () => {};
  const capable = { registered: NODES, online: NODES, withKind: NODES, withModel: NODES };
  await bus.serve('nodes.countCapable', async () => capable);
  await bus.serve('nodes.cancelLeases', async () => ({}), { instance: instanceId });
  await bus.serve('nodes.ping', async () => ({}), { instance: instanceId });
  await bus.serve('nodes.assign', async ({ assignments }) => assign(assignments), { instance: instanceId });

  function assign(assignments: NodeAssignment[]): { unsent: string[] } {
    // As over a wire: what is assigned is answered in a later turn.
    setImmediate(() => {
      for (const assignment of assignments) answer(assignment).catch(fail);
    });
    return { unsent: [] };
  }
  async function answer({ nodeId, sessionId, tasks }: NodeAssignment): Promise<void> {
    const { acks } = await bus.request('tasks.results', { nodeId, sessionId, results: tasks.map(resultOf) });
    const refused = acks.find((ack) => !ack.accepted);
    if (refused) throw new Error(`a result was refused: ${refused.code} ${refused.message}`);
    told(acks.length);
  }
  return {
    async open(done) {
      told = done;
      await Promise.all(sessions.map((session) => bus.request('tasks.openSession', { session, holding: [] })));
    },
    async close() {
      await Promise.all(sessions.map(({ nodeId, sessionId }) => bus.request('tasks.closeSession', { nodeId, sessionId, graceMs: 0 })));
    },
  };
}

/** A lost result would make the measurement wait for ever, or lie. */
function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

function sessionOf(instanceId: string): NodeSession {
  return {
    nodeId: newId(),
    sessionId: newId(),
    operatorId: newId(),
    instanceId,
    accepting: true,
    offer: {
      capabilities: [{ kind: 'language-id', models: [MODEL], unitsPerSecond: 1_000 }],
      credits: CREDITS,
      memoryMiB: 1_024,
      region: 'bench',
      hardware: { cpu: 'simulated', cores: 1, memoryMiB: 1_024 },
      agentVersion: 'bench',
    },
  };
}

function resultOf({ taskId, leaseId }: WireTask): SignedResult {
  return { taskId, leaseId, startedAtMs: Date.now(), runMs: 1, units: 1, output: OUTPUT, signature: SIGNATURE, proof: [] };
}
