import { newId, type Principal, type TaskRequest } from '@deai/protocol';
import { PAYLOAD, type Participant } from '../peers/participant.ts';
import { openCore } from './context.ts';
import { serveInstantNodes } from './instant-nodes.ts';

const REQUESTERS = 10;
const TASK: TaskRequest = { kind: 'language-id', input: PAYLOAD };

/**
 * The queue core, measured as the peers are: without HTTP and WebSocket, in one process with its workers. It does more than they do:
 * every task is checked, priced, held, leased, judged and paid, and each commit is durable.
 */
export async function createCore(databaseUrl: string, folder: string): Promise<Participant> {
  const core = await openCore(databaseUrl, folder);
  const nodes = await serveInstantNodes(core.bus);
  await core.start();
  const requesters = Array.from({ length: REQUESTERS }, requester);
  for (const { userId } of requesters) await core.bus.request('rewards.openAccount', { userId });
  let turn = 0;

  async function submit(tasks: TaskRequest[]): Promise<void> {
    await core.bus.request('tasks.submit', { principal: requesters[turn++ % REQUESTERS] as Principal, tasks });
  }
  return {
    add: () => submit([TASK]),
    addBulk: (count) => submit(Array.from({ length: count }, () => TASK)),
    start: (done) => nodes.open(done),
    stop: () => nodes.close(),
    // Held is what has not ended: the ledger's own word that everything was paid.
    remaining: async () => (await core.bus.request('tasks.heldTotal', {})).tasks,
    close: () => core.close(),
  };
}

function requester(): Principal {
  return { userId: newId(), roles: ['requester'], scopes: ['tasks:read', 'tasks:write'], via: 'api-key', credentialId: newId() };
}
