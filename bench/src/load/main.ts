import { serveCalls } from '../process/calls.ts';
import { createApiClient } from './api-client.ts';
import { type ClosedLoop, type ClosedLoopResult, runClosedLoop } from './closed-loop.ts';
import { type Pace, type PacedResult, runPaced } from './paced.ts';
import { createSubmit, type LoadTarget } from './submissions.ts';

interface ClosedLoopCall extends ClosedLoop {
  target: LoadTarget;
}
interface PacedCall extends Pace {
  target: LoadTarget;
  connections: number;
}

const handlers = {
  async closedLoop({ target, ...loop }: ClosedLoopCall): Promise<ClosedLoopResult> {
    const api = createApiClient(target.url, loop.connections);
    try {
      return await runClosedLoop(createSubmit(api, target, loop.size), loop);
    } finally {
      await api.close();
    }
  },
  async paced({ target, connections, ...pace }: PacedCall): Promise<PacedResult> {
    const api = createApiClient(target.url, connections);
    try {
      return await runPaced(api, createSubmit(api, target, 1), target, pace);
    } finally {
      await api.close();
    }
  },
};
export type LoadHelper = typeof handlers;

serveCalls(handlers);
