import { randomUUID } from 'node:crypto';
import { migrate, openDatabase, startEmbeddedPostgres } from '@deai/db';

const c = await startEmbeddedPostgres({ dataDir: '/tmp/rm-bench/cluster', durable: true });
try {
  await migrate(c.url, [{ schema: 'ledger', dir: new URL('./migrations', import.meta.url) }]);
  const db = await openDatabase({ url: c.url });
  const hot = await db.hotConnections(2, 'bench');
  const owners = Array.from({ length: 500 }, () => randomUUID());
  for (const o of owners) await db.query('select ledger.open_account($1, $2)', [o, '1000000000000000000000000000000']);
  const stat = (xs: number[]) => {
    xs.sort((a, b) => a - b);
    return `p50 ${xs[xs.length >> 1]!.toFixed(2)} p95 ${xs[Math.floor(xs.length * 0.95)]!.toFixed(2)} ms`;
  };
  const bench = async (label: string, text: string, make: () => unknown[]) => {
    const t: number[] = [],
      s: number[] = [];
    for (let i = 0; i < 300; i++) {
      const v = make();
      const a = performance.now();
      await hot.query({ name: label, text, values: v });
      t.push(performance.now() - a);
    }
    // server side
    for (let i = 0; i < 60; i++) {
      const { rows } = await db.query<any>(`explain (analyze, format json, timing off) ${text.replace('$1', `'${make()[0]}'`)}`);
      s.push(rows[0]['QUERY PLAN'][0]['Execution Time']);
    }
    console.log(label.padEnd(40), 'client', stat(t), '| server', stat(s.slice(10)));
  };
  const holds = (n: number) => () => [
    JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ owner: owners[i % n], amount: '20000000000000001', tasks: 1 }))),
  ];
  const H = 'select idx, ok, reason from ledger.place_holds($1::jsonb)';
  for (const n of [1, 50, 500]) await bench(`holds 500 of ${n}`, H, holds(n));
  await bench('holds 500 of 1, one refused', H, () => {
    const a = JSON.parse(holds(1)()[0]!);
    a[250].amount = '9'.repeat(40);
    return [JSON.stringify(a)];
  });
  await bench('holds 500 of 500, one refused', H, () => {
    const a = JSON.parse(holds(500)()[0]!);
    a[250].amount = '9'.repeat(40);
    return [JSON.stringify(a)];
  });
  const S = (n: number, ops: number, size: number) => () => [
    JSON.stringify(
      Array.from({ length: size }, (_, i) => ({
        requester: owners[i % n],
        operator: owners[499 - (i % ops)],
        hold: '20000000000000001',
        reward: '15000000000000000',
        fee: '750000000000000',
        tasks: 1,
      })),
    ),
  ];
  const T = `select ledger.settle($1::jsonb, 'completion')`;
  await bench('settle 500, 1 requester, 10 operators', T, S(1, 10, 500));
  await bench('settle 500, 50 requesters, 50 operators', T, S(50, 50, 500));
  await bench('settle 10 aggregated', T, S(1, 10, 10));
  await bench('settle 1', T, S(1, 1, 1));
  if (process.argv[2]) {
    const { rows } = await db.query<any>('select sum(balance)::text s from ledger.account');
    console.log(rows);
  }
  await db.close();
} finally {
  await c.stop();
}
