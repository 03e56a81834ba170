import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The parts a server's processor time is told by. */
export const PARTS = [
  'HTTP',
  'validation',
  'authentication',
  'SQL client',
  'WebSocket',
  'JSON',
  'signatures and hashes',
  'dispatch engine',
  'other services',
  'metrics and logs',
  'garbage collection',
  'sockets and the rest of Node',
] as const;
export type Part = (typeof PARTS)[number];
export type TimeByPart = Record<Part, number>;

/** A CPU profile as V8 writes it; times in µs on the machine's monotonic clock. */
export interface CpuProfile {
  startTime: number;
  nodes: { id: number; callFrame: { functionName: string; url: string }; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

type Rule = [part: Part, matches: (functionName: string, url: string) => boolean];
const named = (...names: string[]) => {
  const set = new Set(names);
  return (functionName: string) => set.has(functionName);
};
const inFiles = (pattern: RegExp) => (_: string, url: string) => pattern.test(url);

/** Tried for each frame from the innermost outwards; the first that matches has the sample. */
const RULES: Rule[] = [
  ['garbage collection', named('(garbage collector)')],
  ['JSON', (name, url) => url === '' && (name === 'parse' || name === 'stringify')],
  ['JSON', inFiles(/fast-json-stringify|secure-json-parse|protocol\/src\/digest/)],
  ['signatures and hashes', inFiles(/node:internal\/crypto|protocol\/src\/(merkle|wire\/signing)|@scure|signed-results/)],
  [
    'validation',
    inFiles(/node_modules\/(typebox|@sinclair|ajv|@fastify\/type-provider|fast-uri)|task-manager\/src\/domain\/(intake|judge)/),
  ],
  ['validation', (name, url) => /^(anonymous|validate|check)\d*$/i.test(name) && url === ''],
  ['metrics and logs', inFiles(/prom-client|pino|service-kit\/src\/(metrics|logger)|observed-database/)],
  ['SQL client', inFiles(/node_modules\/pg|packages\/db\/|\/store\/|record-set/)],
  ['authentication', inFiles(/services\/auth\/|jose|service-kit\/src\/.*auth/)],
  ['WebSocket', inFiles(/node_modules\/ws\/|node-manager\/src\/session|realtime\//)],
  [
    'HTTP',
    inFiles(
      /node:_http|node_modules\/(fastify|@fastify|find-my-way|light-my-request|avvio|reusify)|services\/gateway\/|service-kit\/src\/http/,
    ),
  ],
  ['dispatch engine', inFiles(/services\/task-manager\//)],
  ['other services', inFiles(/services\/|packages\//)],
];

/** Processor time of a profile between two moments, in µs by part. The idle thread counts for nothing. */
export function timeByPart(profile: CpuProfile, fromMs: number, toMs: number): TimeByPart {
  const parts = partOfNodes(profile);
  const times = Object.fromEntries(PARTS.map((part) => [part, 0])) as TimeByPart;
  let at = profile.startTime;
  profile.samples.forEach((sample, i) => {
    const delta = profile.timeDeltas[i] ?? 0;
    at += delta;
    const part = parts.get(sample);
    if (part && at >= fromMs * 1000 && at < toMs * 1000) times[part] += delta;
  });
  return times;
}

/** The part of each node of the call tree; a node outside all rules is of its caller's part. */
function partOfNodes({ nodes }: CpuProfile): Map<number, Part | undefined> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parts = new Map<number, Part | undefined>();
  const root = nodes[0];
  const open: { id: number; inherited: Part }[] = root ? [{ id: root.id, inherited: 'sockets and the rest of Node' }] : [];
  for (let next = open.pop(); next; next = open.pop()) {
    const node = byId.get(next.id);
    if (!node) continue;
    const { functionName, url } = node.callFrame;
    const own = RULES.find(([, matches]) => matches(functionName, url))?.[0] ?? next.inherited;
    parts.set(node.id, functionName === '(idle)' ? undefined : own);
    for (const id of node.children ?? []) open.push({ id, inherited: own });
  }
  return parts;
}

/** The newest CPU profile of a folder. @throws Error when there is none. */
export async function newestProfile(folder: string): Promise<CpuProfile> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  const files = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
  const newest = files.sort((a, b) => b.at - a.at)[0];
  if (!newest) throw new Error(`${folder} holds no CPU profile`);
  return JSON.parse(await readFile(join(folder, newest.name), 'utf8')) as CpuProfile;
}
