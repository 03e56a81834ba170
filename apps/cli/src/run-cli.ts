import { CommanderError } from 'commander';
import { usageError } from './cli-error.ts';
import { loadCliConfig } from './config.ts';
import { createCli } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { reportOf, writeError } from './output/error.output.ts';
import { createOutput } from './output/output.ts';
import { buildProgram } from './program.ts';
import { createCredentialsStore } from './state/credentials.store.ts';

/** Runs one command line (without the program's name), and ends the process with its exit code. */
export async function runCli(args: readonly string[]): Promise<never> {
  // A reader such as `head` that has seen enough is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed));
  process.exit(await exitCodeFor(args));
}

async function exitCodeFor(args: readonly string[]): Promise<ExitCode> {
  const flags = args.slice(0, args.indexOf('--') === -1 ? undefined : args.indexOf('--'));
  const config = loadCliConfig();
  // Needed before the arguments are parsed: for what is wrong with them.
  const output = createOutput({ json: flags.includes('--json'), color: !flags.includes('--no-color') }, config);
  const cli = createCli({ config, output, credentials: createCredentialsStore(config.configDir), urlFlag: () => program.opts().url });
  const program = buildProgram(cli);
  try {
    await program.parseAsync(args, { from: 'user' });
    return (process.exitCode as ExitCode | undefined) ?? EXIT.ok;
  } catch (error) {
    // Help and version were asked for and printed; help for a command line that says too little is an error.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const saysTooLittle = error instanceof CommanderError && error.code === 'commander.help';
    if (saysTooLittle && !output.json) return EXIT.usage;
    const report = reportOf(saysTooLittle ? usageError('A command is missing.') : error);
    writeError(output, report);
    return report.exitCode;
  }
}
