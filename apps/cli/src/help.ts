import type { Command } from 'commander';

/** Adds examples at the end of a command's help. */
export function examples(command: Command, lines: readonly (readonly [line: string, what?: string])[]): void {
  const width = Math.max(...lines.map(([line, what]) => (what && line.length <= 60 ? line.length : 0)));
  const text = lines.map(([line, what]) => (what ? `  ${line.padEnd(width)}  # ${what}` : `  ${line}`)).join('\n');
  command.addHelpText('after', (context) => `\n${context.command.createHelp().styleTitle('Examples:')}\n${text}`);
}
