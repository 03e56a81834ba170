import { openDatabase, startEmbeddedPostgres, migrate } from '@deai/db';
import { randomUUID } from 'node:crypto';
import { createPgLedgerStore } from './src/store/pg-ledger.store.ts';
import { linesStatement, BALANCES } from './src/store/billing.sql.ts';
const c = await startEmbeddedPostgres({ dataDir: '/tmp/rm-bench/cluster', durable: true });
try {
  await migrate(c.url, [{ schema: 'ledger', dir: new URL('./migrations', import.meta.url) }]);
  const db = await openDatabase({ url: c.url, statementTimeoutMs: 0 });
  const hot = await db.hotConnections(1, 'bench');
  const owners = Array.from({ length: 50 }, () => randomUUID());
  for (const o of owners) await db.query('select ledger.open_account($1, $2)', [o, '1000000000000000000000000000000']);
  const stat = (xs: number[]) => { xs.sort((a, b) => a - b); return `p50 ${xs[xs.length >> 1]!.toFixed(2)} p95 ${xs[Math.floor(xs.length * .95)]!.toFixed(2)} ms`; };
  const run = async (label: string, text: string, v: unknown[], n = 400) => {
    for (let i = 0; i < 50; i++) await hot.query({ name: label, text, values: v });
    const t: number[] = [];
    for (let i = 0; i < n; i++) { const a = performance.now(); await hot.query({ name: label, text, values: v }); t.push(performance.now() - a); }
    console.log(label.padEnd(50), stat(t));
  };
  const settle = JSON.stringify(Array.from({ length: 10 }, (_, i) => ({ requester: owners[0], operator: owners[40 + i], hold: '200', reward: '150', fee: '7', tasks: 50 })));
  const hold = JSON.stringify([{ owner: owners[0], amount: '20000000000000000', tasks: 500 }]);
  await run('hold aggregated', 'select * from ledger.place_holds($1::jsonb)', [hold]);
  const S = `select ledger.settle($1::jsonb, 'completion')`;
  const { rows: [def] } = await db.query<any>(`select pg_get_functiondef('ledger.post_entries'::regproc) d`);
  for (const round of [1, 2]) {
    await db.query(def.d);
    await run(`settle 10 with balance check r${round}`, S, [settle]);
    await db.query(def.d.replace(/if exists[\s\S]*?end if;/, ''));
    await run(`settle 10 without balance check r${round}`, S, [settle]);
  }
  await db.query(def.d);
  for (let b = 0; b < 5; b++) await db.query(`with j as (insert into ledger.journal (reason, tasks) select 'hold', 1 from generate_series(1, 100000) returning id)
    insert into ledger.entry (journal_id, account_id, amount, tasks, reason) select j.id, a.id, case a.type when 'held' then 5 else -5 end, 1, 'hold' from j, ledger.account a where a.owner_id = $1 and a.type in ('available','held')`, [owners[b % 2]]);
  await db.query('vacuum analyze ledger.entry'); await db.query('vacuum analyze ledger.journal'); await db.query('analyze ledger.account');
  const { rows: [n] } = await db.query<any>('select count(*) n from ledger.entry');
  for (let i = 0; i < 3; i++) { const a = performance.now(); const r = await createPgLedgerStore(db).audit(); console.log('audit', n.n, 'entries', Math.round(performance.now() - a), 'ms', r.balanced); }
  const store = createPgLedgerStore(db);
  for (const q of [{}, { limit: 1000 }, { reason: 'grant' as const }, { reason: 'completion' as const }, { cursor: '250000-1000', limit: 50 }]) {
    const t: number[] = []; for (let i = 0; i < 30; i++) { const a = performance.now(); await store.billing(owners[0]!, q); t.push(performance.now() - a); }
    console.log('billing', JSON.stringify(q), stat(t));
  }
  const st = linesStatement(owners[0]!, { reason: 'grant' });
  console.log((await db.query<any>('explain (analyze, buffers off, costs off) ' + st.text, st.values)).rows.map((r) => r['QUERY PLAN']).join('\n'));
  console.log((await db.query<any>('explain (analyze, buffers off, costs off) ' + BALANCES, [owners[0]])).rows.map((r) => r['QUERY PLAN']).join('\n'));
  await run('hold aggregated, big ledger', 'select * from ledger.place_holds($1::jsonb)', [hold]);
  await run('settle 10, big ledger', S, [settle]);
  await db.close();
} finally { await c.stop(); }
