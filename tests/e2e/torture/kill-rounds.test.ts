import { expect, test } from 'vitest';
import { expectEachEndedOnce, expectPaidFor, untilAllEnded } from '../src/books.ts';
import { startTortured, type Victim } from '../src/kill-rounds.ts';
import { seededBy } from '../src/seeded.ts';

/** DEAI_TORTURE_ROUNDS, DEAI_TORTURE_MINUTES (whichever ends first) and DEAI_TORTURE_SEED make it longer, or the same again. */
const { DEAI_TORTURE_ROUNDS, DEAI_TORTURE_MINUTES, DEAI_TORTURE_SEED } = process.env;
const rounds = Number(DEAI_TORTURE_ROUNDS || 52);
const limitMs = Number(DEAI_TORTURE_MINUTES || 600) * 60_000;
const seed = Number(DEAI_TORTURE_SEED || Date.now() % 2 ** 32);
const ROUND_LIMIT_MS = 90_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

test(
  `whatever is killed, in ${rounds} rounds, everything accepted ends once and is paid for once`,
  async () => {
    say(`torture: seed ${seed}, ${rounds} rounds (again: make torture ROUNDS=${rounds} SEED=${seed})`);
    const beganAtMs = Date.now();
    const tortured = await startTortured(seededBy(seed));
    const { load, requester, nodes, operators, refusals } = tortured;
    const killed: Partial<Record<Victim, number>> = {};
    let done = 0;
    for (; done < rounds && Date.now() - beganAtMs < limitMs; done++) {
      const startedAtMs = Date.now();
      const victim = await tortured.round();
      killed[victim] = (killed[victim] ?? 0) + 1;
      const acks = nodes.reduce((sum, node) => sum + node.accepted.size, 0);
      say(
        `torture: round ${done + 1}/${rounds} killed the ${victim}, ${Date.now() - startedAtMs} ms; ` +
          `accepted ${load.accepted.size}, tries that failed ${load.failures}, acknowledged to simulated nodes ${acks}, seed ${seed}`,
      );
    }
    await tortured.calm();
    const calmAtMs = Date.now();
    const tasks = await untilAllEnded(requester, 120_000);
    say(`torture: ${done} rounds, ${JSON.stringify(killed)}; ${tasks.length} tasks, all ended ${Date.now() - calmAtMs} ms after the last`);

    await expectEachEndedOnce({ tasks, accepted: load.accepted, nodes, requester });
    await expectPaidFor(tasks, operators, requester);
    expect(refusals.withoutRetryAfter).toEqual([]);
    expect(load.failures).toBeGreaterThan(0);
    await tortured.stop();
  },
  rounds * ROUND_LIMIT_MS,
);
