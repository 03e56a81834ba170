import { firstIdAt, TASK_STATES } from '@deai/protocol';
import type pg from 'pg';
import { mapLimited } from '../network/accounts.ts';
import { connectDatabase } from '../network/database.ts';

/** Completed tasks of the days before today, as they would be had they been run then. */
export interface History {
  tasks: number;
  perDay: number;
  /** Starts of the days, ms since the epoch. */
  days: number[];
  requesterIds: string[];
}

const DAY_MS = 86_400_000;
const DAYS = 10;
const CONNECTIONS = 2;

export function planHistory(tasks: number, requesterIds: string[], nowMs: number): History {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const days = Array.from({ length: DAYS }, (_, i) => today - (DAYS - i) * DAY_MS);
  return { tasks: Math.ceil(tasks / DAYS) * DAYS, perDay: Math.ceil(tasks / DAYS), days, requesterIds };
}

/** Id of the `index`-th task of a day, the same that {@link idExpression} makes. */
export function historyId({ days, perDay }: History, day: number, index: number): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const text = `${hex((days[day] as number) + index * stepMs(perDay), 12)}7${hex(index % 4096, 3)}8${hex(index, 15)}`;
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}

/** Tasks are spread evenly over the day. */
function stepMs(perDay: number): number {
  return Math.floor(DAY_MS / perDay);
}

function idExpression(dayMs: number, step: number): string {
  return `(lpad(to_hex(${dayMs} + i * ${step}), 12, '0') || '7' || lpad(to_hex(i % 4096), 3, '0') || '8' || lpad(to_hex(i), 15, '0'))::uuid`;
}

/**
 * Writes the rows straight into partitions of their days, which are attached when they are full, as a bulk load would. Every column that
 * is not a time or an identity is that of a task that has just been run, so rows are as large as real ones, whatever columns there are.
 */
export async function seedHistory(databaseUrl: string, history: History): Promise<void> {
  await mapLimited([...history.days.keys()], CONNECTIONS, async (day) => {
    const database = await connectDatabase(databaseUrl);
    try {
      await database.query("set maintenance_work_mem = '256MB'");
      await seedDay(database, history, day);
    } finally {
      await database.end();
    }
  });
  const database = await connectDatabase(databaseUrl);
  try {
    await database.query('analyze tasks.task');
    await database.query('checkpoint');
  } finally {
    await database.end();
  }
}

async function seedDay(database: pg.Client, { days, perDay, requesterIds }: History, day: number): Promise<void> {
  const dayMs = days[day] as number;
  const name = `tasks.task_${new Date(dayMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
  const expressions = await columnExpressions(database, dayMs, stepMs(perDay), requesterIds);
  const columns = Object.keys(expressions).join(', ');
  await database.query(`create table ${name} (like tasks.task including defaults including constraints)`);
  await database.query(`
    insert into ${name} (${columns})
    select ${Object.values(expressions).join(', ')}
    from generate_series(0, ${perDay - 1}) as i,
      (select * from tasks.task where state = ${TASK_STATES.completed} limit 1) as sample`);
  await database.query(
    `alter table tasks.task attach partition ${name} for values from ('${firstIdAt(dayMs)}') to ('${firstIdAt(dayMs + DAY_MS)}')`,
  );
  await database.query(`vacuum (freeze, analyze) ${name}`);
}

/** By column, in the table's order. */
async function columnExpressions(
  database: pg.Client,
  dayMs: number,
  step: number,
  requesterIds: string[],
): Promise<Record<string, string>> {
  const { rows } = await database.query<{ name: string }>(`
    select attname as name from pg_attribute
    where attrelid = 'tasks.task'::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`);
  const time = (laterMs: number) => `to_timestamp((${dayMs} + i * ${step}::bigint + ${laterMs}) / 1000.0)`;
  const own: Record<string, string> = {
    id: idExpression(dayMs, step),
    requester_id: `(array[${requesterIds.map((id) => `'${id}'`).join()}]::uuid[])[i % ${requesterIds.length} + 1]`,
    lease_id: 'gen_random_uuid()',
    created_at: time(0),
    assigned_at: time(5),
    started_at: time(10),
    ended_at: time(20),
    output_hash: 'md5(i::text) || md5((i + 1)::text)',
  };
  return Object.fromEntries(rows.map(({ name }) => [name, own[name] ?? `sample.${name}`]));
}
