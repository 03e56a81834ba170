import { classOf, type NodeSession, newId, type SignedResult, type TaskKind } from '@deai/protocol';
import type { Lease, LiveTask } from '../domain/task.ts';

/** A language-identification task of one text, with what a test wants to be different. */
export function sampleTask(more: Partial<LiveTask> = {}): LiveTask {
  const kind: TaskKind = more.kind ?? 'language-id';
  const needs = more.needs ?? { kind, model: 'lid-176', memoryMiB: 128, region: '' };
  return {
    id: newId(),
    requesterId: '00000000-0000-7000-8000-00000000000a',
    needs,
    classKey: classOf(needs),
    kind,
    priority: 'normal',
    timeoutMs: 10_000,
    maxAttempts: 3,
    unitYocto: 1000n,
    feeBps: 500,
    unitsQuoted: 1,
    holdYocto: 1050n,
    createdAtMs: 1_000,
    inputBytes: 20,
    input: { texts: ['bonjour'] },
    inputRef: null,
    attempt: 0,
    lost: 0,
    avoid: [],
    ...more,
  };
}

/** A node that runs the sample task. */
export function sampleSession(more: Partial<NodeSession> & { credits?: number } = {}): NodeSession {
  const { credits = 2, ...rest } = more;
  return {
    nodeId: newId(),
    sessionId: newId(),
    operatorId: newId(),
    instanceId: 'test',
    accepting: true,
    offer: {
      capabilities: [{ kind: 'language-id', models: ['lid-176'], unitsPerSecond: 100 }],
      credits,
      memoryMiB: 1024,
      region: 'local',
      hardware: { cpu: 'test', cores: 1, memoryMiB: 2048 },
      agentVersion: '0.0.0',
    },
    ...rest,
  };
}

export function sampleLease(task: LiveTask, more: Partial<Lease> = {}): Lease {
  return {
    leaseId: newId(),
    task,
    nodeId: newId(),
    operatorId: newId(),
    assignedAtMs: 1_000,
    untilMs: 60_000,
    startedAtMs: null,
    progress: 0,
    written: true,
    settling: null,
    ...more,
  };
}

export const SAMPLE_OUTPUT = '{"results":[[{"confidence":0.9,"language":"fr"}]]}';

export function sampleResult(lease: Lease, more: Partial<SignedResult> = {}): SignedResult {
  return {
    taskId: lease.task.id,
    leaseId: lease.leaseId,
    startedAtMs: lease.assignedAtMs,
    runMs: 5,
    units: 1,
    output: SAMPLE_OUTPUT,
    signature: 'x',
    proof: [],
    ...more,
  };
}
