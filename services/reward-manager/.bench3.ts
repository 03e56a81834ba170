import { openDatabase, startEmbeddedPostgres, migrate } from '@deai/db';
import { randomUUID } from 'node:crypto';
import { createPgLedgerStore } from './src/store/pg-ledger.store.ts';
const c = await startEmbeddedPostgres({ dataDir: '/tmp/rm-bench/cluster', durable: true });
try {
  await migrate(c.url, [{ schema: 'ledger', dir: new URL('./migrations', import.meta.url) }]);
  const db = await openDatabase({ url: c.url, statementTimeoutMs: 0 });
  const owners = Array.from({ length: 50 }, () => randomUUID());
  for (const o of owners) await db.query('select ledger.open_account($1, $2)', [o, '1000000000000000000000000000000']);
  await db.query('select * from ledger.place_holds($1::jsonb)', [JSON.stringify(owners.map((owner) => ({ owner, amount: '20000000000000000', tasks: 500 })))]);
  const settle = (n: number) => JSON.stringify(Array.from({ length: n }, (_, i) => ({ requester: owners[i % 50], operator: owners[(40 + i) % 50], hold: '200', reward: '150', fee: '7', tasks: 50 })));
  const { rows: [def] } = await db.query<any>(`select pg_get_functiondef('ledger.post_entries'::regproc) d`);
  for (const n of [1, 50]) for (let r = 0; r < 4; r++) for (const check of [true, false]) {
    await db.query(check ? def.d : def.d.replace(/if exists[\s\S]*?end if;/, ''));
    const a = performance.now();
    await db.query(`do $do$ begin for i in 1..300 loop perform ledger.settle('${settle(n)}', 'completion'); end loop; end $do$`);
    console.log(n, check ? 'with check' : 'without', ((performance.now() - a) / 300 * 1000).toFixed(0), 'us');
  }
  await db.query(def.d);
  for (let b = 0; b < 5; b++) await db.query(`with j as (insert into ledger.journal (reason, tasks) select 'hold', 1 from generate_series(1, 100000) returning id)
    insert into ledger.entry (journal_id, account_id, amount, tasks, reason) select j.id, a.id, case a.type when 'held' then 5 else -5 end, 1, 'hold' from j, ledger.account a where a.owner_id = $1 and a.type in ('available','held')`, [owners[0]]);
  await db.query('vacuum analyze ledger.entry');
  const store = createPgLedgerStore(db);
  for (const q of [{}, { limit: 1000 }, { reason: 'grant' as const }, { reason: 'completion' as const }, { reason: 'failure' as const }, { cursor: '250000-1000', limit: 50 }]) {
    const t: number[] = []; for (let i = 0; i < 30; i++) { const a = performance.now(); await store.billing(owners[0]!, q); t.push(performance.now() - a); }
    t.sort((a, b) => a - b); console.log('billing', JSON.stringify(q), t[15]!.toFixed(2), t[28]!.toFixed(2));
  }
  await db.close();
} finally { await c.stop(); }
