import { nowMs } from '../measure/clock.ts';
import { createLatency, type Percentiles } from '../measure/latency.ts';
import { mapLimited } from '../network/accounts.ts';
import { serveCalls } from '../process/calls.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { type ClosedLoop, type ClosedLoopResult, runClosedLoop } from './closed-loop.ts';
import { type Pace, type PacedResult, runPaced } from './paced.ts';
import { createSubmit, type LoadTarget, type TaskShape } from './submissions.ts';

interface ClosedLoopCall extends ClosedLoop {
  target: LoadTarget;
  shape?: TaskShape;
}
interface PacedCall extends Pace {
  target: LoadTarget;
  connections: number;
}
interface SubmitOnceCall {
  target: LoadTarget;
  size: number;
  shape?: TaskShape;
}
/** Tasks to read, each by its requester's key. */
interface LookupsCall {
  url: string;
  tasks: { id: string; apiKey: string }[];
  connections: number;
}

async function withApi<T>(url: string, connections: number, work: (api: ApiClient) => Promise<T>): Promise<T> {
  const api = createApiClient(url, connections);
  try {
    return await work(api);
  } finally {
    await api.close();
  }
}

const handlers = {
  closedLoop: ({ target, shape, ...loop }: ClosedLoopCall): Promise<ClosedLoopResult> =>
    withApi(target.url, loop.connections, (api) => runClosedLoop(createSubmit(api, target, loop.size, shape), loop)),
  paced: ({ target, connections, ...pace }: PacedCall): Promise<PacedResult> =>
    withApi(target.url, connections, (api) => runPaced(api, createSubmit(api, target, 1), target, pace)),
  /** One request; the ids of its tasks, and when it was sent on the machine's clock. */
  submitOnce: ({ target, size, shape }: SubmitOnceCall): Promise<{ ids: string[]; sentMs: number }> =>
    withApi(target.url, 1, async (api) => {
      const sentMs = nowMs();
      return { ids: await createSubmit(api, target, size, shape)(), sentMs };
    }),
  /** Reads tasks by id, so many at a time; every one must be there. */
  lookups: ({ url, tasks, connections }: LookupsCall): Promise<Percentiles> =>
    withApi(url, connections, async (api) => {
      const latency = createLatency();
      await mapLimited(tasks, connections, async ({ id, apiKey }) => {
        const sentMs = nowMs();
        const { status, body } = await api.get(`/api/v1/tasks/${id}`, apiKey);
        if (status !== 200) throw new Error(`task ${id} could not be read: ${status} ${body.slice(0, 500)}`);
        latency.addMs(nowMs() - sentMs);
      });
      return latency.percentiles();
    }),
};
export type LoadHelper = typeof handlers;

serveCalls(handlers);
