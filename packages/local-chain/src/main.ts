#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { CommanderError } from 'commander';

// Most of a start is loading modules; what they are compiled to is kept in the system's folder for temporary files.
enableCompileCache?.();
const { buildProgram } = await import('./node/program.ts');

const asked = Promise.withResolvers<void>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // A second signal ends it at once: nothing acknowledged is lost by that.
  process.once(signal, () => {
    asked.resolve();
    process.once(signal, () => process.exit(130));
  });
}

try {
  await buildProgram({
    print: (text) => process.stdout.write(text),
    printError: (text) => process.stderr.write(text),
    stopAsked: asked.promise,
  }).parseAsync();
} catch (error) {
  // Commander has written what is wrong, or the help that was asked for.
  if (!(error instanceof CommanderError)) process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
}
