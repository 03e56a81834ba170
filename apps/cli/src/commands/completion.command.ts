import { Argument, type Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { describeCommands } from '../completion/tree.ts';
import { zshScript } from '../completion/zsh.ts';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `completion <shell>`. */
export function addCompletionCommand(program: Command, cli: Cli): void {
  const command = program
    .command('completion')
    .description('print a script that completes deai in your shell')
    .addArgument(new Argument('<shell>', 'shell').choices(Object.keys(SCRIPTS)))
    .action((shell: keyof typeof SCRIPTS) => {
      const script = SCRIPTS[shell](describeCommands(program));
      cli.output.result({ shell, script }, () => script);
    });
  examples(command, [
    ['source <(deai completion bash)', 'in ~/.bashrc'],
    ['source <(deai completion zsh)', 'in ~/.zshrc, after compinit'],
    ['deai completion fish > ~/.config/fish/completions/deai.fish'],
  ]);
}
