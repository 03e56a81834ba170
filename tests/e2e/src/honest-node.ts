import { setTimeout as delay } from 'node:timers/promises';
import { ERRORS, isErrorCode, type NodeOffer, type WireResult, type WireTask } from '@deai/protocol';
import { cleanUpAtEnd } from '@deai/testkit';
import type { NodeIdentity } from './accounts.ts';
import { type NodeSession, offerOf, openNodeSession, resultOf } from './node-session.ts';

/** A node that does what the protocol asks of it: works, keeps results until they are taken, comes back after an interruption. */
export interface HonestNode {
  readonly nodeId: string;
  /** Tasks it was given, in order; a task given twice is there twice. */
  readonly given: WireTask[];
  /** Results that the server took, by task. */
  readonly accepted: ReadonlyMap<string, number>;
  /** Refusals by code. */
  readonly refused: ReadonlyMap<string, number>;
  /** Leases that the server told it to stop. */
  readonly cancelled: ReadonlySet<string>;
  /** Times it was welcomed. */
  readonly welcomes: number;
  /** Modes the server told it, oldest first. */
  readonly modes: string[];
  /** Ends the session; the node does not come back. */
  stop(): Promise<void>;
}

export interface HonestNodeOptions {
  offer?: Partial<NodeOffer>;
  /** How long a task takes. Default 5. */
  serviceMs?: number;
  /** Says when a task started. Default true. */
  reports?: boolean;
}

const RECONNECT_MS = 50;
const RETRY_MS = 100;

/** Starts a node; resolves at its first welcome. It stops at the end of the file at the latest. */
export async function startHonestNode(identity: NodeIdentity, options: HonestNodeOptions = {}): Promise<HonestNode> {
  const { serviceMs = 5, reports = true } = options;
  const offer = offerOf(options.offer);
  const given: WireTask[] = [];
  const accepted = new Map<string, number>();
  const refused = new Map<string, number>();
  const cancelled = new Set<string>();
  const modes: string[] = [];
  /** Leases that are being worked on, and results that the server has not taken: what the node holds. */
  const running = new Map<string, NodeJS.Timeout>();
  const unsent = new Map<string, WireResult>();
  /** The one to try next is first. */
  const urls = [identity.sessionUrl, ...(identity.otherUrls ?? [])];
  let session: NodeSession | undefined;
  let stopped = false;
  let welcomes = 0;

  function drop(leaseId: string): void {
    clearTimeout(running.get(leaseId));
    running.delete(leaseId);
    unsent.delete(leaseId);
  }
  function finish(task: WireTask, startedAtMs: number): void {
    running.delete(task.leaseId);
    const result = resultOf(task, { startedAtMs, runMs: serviceMs });
    unsent.set(task.leaseId, result);
    session?.results([result]);
  }
  function take(tasks: WireTask[]): void {
    given.push(...tasks);
    const startedAtMs = Date.now();
    if (reports) session?.send({ type: 'report', started: tasks.map(({ leaseId }) => ({ leaseId, startedAtMs })) });
    for (const task of tasks) running.set(task.leaseId, setTimeout(finish, serviceMs, task, startedAtMs));
  }
  function acknowledged(leaseId: string, taken: boolean, code = ''): void {
    const result = unsent.get(leaseId);
    if (!result) {
      if (!taken) drop(leaseId);
      return;
    }
    if (taken) accepted.set(result.taskId, (accepted.get(result.taskId) ?? 0) + 1);
    else refused.set(code, (refused.get(code) ?? 0) + 1);
    const again = !taken && isErrorCode(code) && ERRORS[code].retryable;
    if (again) setTimeout(() => unsent.has(leaseId) && session?.results([result]), RETRY_MS);
    else unsent.delete(leaseId);
  }
  async function connect(): Promise<NodeSession> {
    const opened = await openNodeSession(identity, urls[0]);
    opened.onFrame((frame) => {
      if (frame.type === 'assign') take(frame.tasks);
      if (frame.type === 'ack') for (const ack of frame.acks) acknowledged(ack.leaseId, ack.accepted, ack.code);
      if (frame.type === 'mode') modes.push(frame.mode);
      if (frame.type === 'cancel') {
        for (const leaseId of frame.leases) {
          cancelled.add(leaseId);
          drop(leaseId);
        }
      }
    });
    session = opened;
    const welcome = await opened.hello({ offer, holding: [...running.keys(), ...unsent.keys()] });
    welcomes++;
    for (const leaseId of welcome.drop) drop(leaseId);
    const kept = [...unsent.values()];
    if (kept.length > 0) opened.results(kept);
    return opened;
  }
  async function stayConnected(first: NodeSession): Promise<void> {
    for (let current: NodeSession | undefined = first; !stopped; ) {
      await current?.closed;
      session = undefined;
      await delay(RECONNECT_MS);
      if (stopped) break;
      current = await connect().catch(() => {
        urls.push(...urls.splice(0, 1));
        return undefined;
      });
    }
    await session?.cut();
  }

  const loop = stayConnected(await connect());
  const stop = async () => {
    stopped = true;
    for (const timer of running.values()) clearTimeout(timer);
    await session?.cut();
    await loop;
  };
  cleanUpAtEnd(stop);
  return {
    nodeId: identity.nodeId,
    given,
    accepted,
    refused,
    cancelled,
    get welcomes() {
      return welcomes;
    },
    modes,
    stop,
  };
}
