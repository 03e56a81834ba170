import { waitFor } from '@deai/testkit';
import { expect, test } from 'vitest';
import { registerAccount, registerNode } from '../src/accounts.ts';
import { expectEachEndedOnce, expectPaidFor, untilAllEnded } from '../src/books.ts';
import { startHonestNode } from '../src/honest-node.ts';
import { languageTask, startLoad } from '../src/load.ts';
import { startNetwork } from '../src/network-process.ts';
import { offerOf, openNodeSession, resultOf } from '../src/node-session.ts';

test('a node that accepts tasks and never answers: they run elsewhere, its late results are refused, only the work done is paid', async () => {
  const { url } = await startNetwork({ env: { DEAI_TASKS_LEASE_SLACK_MS: '500' } });
  const [requester, honest, idle] = await Promise.all([
    registerAccount(url, 'requester'),
    registerAccount(url, 'operator'),
    registerAccount(url, 'operator'),
  ]);
  const mute = await openNodeSession(await registerNode(url, idle.apiKey));
  await mute.hello({ offer: offerOf({ credits: 8 }) });
  const nodes = [await startHonestNode(await registerNode(url, honest.apiKey), { serviceMs: 5, offer: { credits: 2 } })];
  const load = startLoad(requester, 4, () => languageTask({ timeoutMs: 1_000 }));
  await waitFor(() => mute.tasks.length >= 8 && load.accepted.size > 50, { timeoutMs: 20_000, what: 'the mute node to be full' });
  await load.stop();
  // It stays connected and heard of; only its leases run out, the first after its time limit and the slack.
  const tasks = await untilAllEnded(requester, 60_000);
  const late = mute.tasks;
  mute.results(late.map((task) => resultOf(task)));
  for (const { leaseId } of late) expect((await mute.ack(leaseId)).accepted).toBe(false);

  await expectEachEndedOnce({ tasks, accepted: load.accepted, nodes, requester });
  await expectPaidFor(tasks, [honest, idle], requester);
  expect((await idle.client.user.billing()).earnedYocto).toBe('0');
  expect(late.length).toBeGreaterThanOrEqual(8);
}, 120_000);
