#!/usr/bin/env node
// The sources are TypeScript, which Node runs from version 24 on. An older one hands over to the Node that npm installed beside this package.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WANTED_MAJOR = 24;
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The Node of the nearest node_modules above this file. */
function installedNode() {
  for (let folder = dirname(main); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', '.bin', 'node');
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

if (Number.parseInt(process.versions.node, 10) >= WANTED_MAJOR) {
  await import(main);
} else {
  const node = installedNode();
  if (!node) {
    console.error(`deai needs Node ${WANTED_MAJOR} or later; this is ${process.versions.node}.`);
    process.exit(2);
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; what is sent to this process alone is passed on.
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code ?? 1);
  });
}
