import type { SubmittedTask } from '@deai/protocol';
import type { Command } from 'commander';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { examples } from '../help.ts';
import { reportOf, writeError } from '../output/error.output.ts';

/** `retry <id…>`. */
export function addRetryCommand(program: Command, cli: Cli): void {
  const command = program
    .command('retry')
    .description("submit ended tasks once more, as new tasks at today's prices")
    .argument('<id...>', 'tasks')
    .action((ids: string[]) => retry(cli, ids));
  examples(command, [
    ['deai retry 01890a5d-ac96-774b-bcce-b302099a8057'],
    ['deai retry $(deai tasks --status failed --json | jq -r ".items[].id")', 'all that failed'],
  ]);
}

async function retry(cli: Cli, ids: readonly string[]): Promise<void> {
  const client = await cli.client();
  const tasks: (SubmittedTask & { retryOf: string })[] = [];
  for (const id of ids) {
    try {
      tasks.push({ ...(await client.tasks.retry(id, { signal: cli.signal })), retryOf: id });
    } catch (error) {
      // With several ids one that cannot be submitted again does not keep the others.
      if (ids.length === 1 || cli.signal.aborted) throw error;
      const report = reportOf(error);
      writeError(cli.output, { ...report, message: `${id}: ${report.message}`, taskId: id });
      process.exitCode = process.exitCode === undefined ? report.exitCode : EXIT.failed;
    }
  }
  cli.output.result({ tasks }, (c) => tasks.map(({ id, retryOf }) => `${c.green('✔')} ${id} is ${retryOf} once more`).join('\n'));
}
