import type { CancelResponse } from '@deai/protocol';
import type { Command } from 'commander';
import type { Cli } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { examples } from '../help.ts';
import { reportOf, writeError } from '../output/error.output.ts';

/** `cancel <id…>`. */
export function addCancelCommand(program: Command, cli: Cli): void {
  const command = program
    .command('cancel')
    .description('cancel tasks that have not ended; what was held for them is returned')
    .argument('<id...>', 'tasks')
    .action((ids: string[]) => cancel(cli, ids));
  examples(command, [['deai cancel 01890a5d-ac96-774b-bcce-b302099a8057']]);
}

async function cancel(cli: Cli, ids: readonly string[]): Promise<void> {
  const client = await cli.client();
  const cancelled: CancelResponse[] = [];
  for (const id of ids) {
    try {
      cancelled.push(await client.tasks.cancel(id, { signal: cli.signal }));
    } catch (error) {
      // With several ids one that cannot be cancelled does not keep the others.
      if (ids.length === 1 || cli.signal.aborted) throw error;
      const report = reportOf(error);
      writeError(cli.output, { ...report, message: `${id}: ${report.message}`, taskId: id });
      process.exitCode = process.exitCode === undefined ? report.exitCode : EXIT.failed;
    }
  }
  cli.output.result({ tasks: cancelled }, (c) => cancelled.map(({ id }) => `${c.green('✔')} cancelled ${id}`).join('\n'));
}
