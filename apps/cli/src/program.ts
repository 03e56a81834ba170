import { Command, type HelpConfiguration } from 'commander';
import { addAdminCommand } from './commands/admin.command.ts';
import { addAuthCommands } from './commands/auth.command.ts';
import { addBalanceCommand } from './commands/balance.command.ts';
import { addCancelCommand } from './commands/cancel.command.ts';
import { addChainCommand } from './commands/chain.command.ts';
import { addClaimCommand } from './commands/claim.command.ts';
import { addCompletionCommand } from './commands/completion.command.ts';
import { addEscrowCommands } from './commands/escrow.command.ts';
import { addKeysCommand } from './commands/keys.command.ts';
import { addLinkCommand } from './commands/link.command.ts';
import { addNetworkCommands } from './commands/network.command.ts';
import { addNodeCommand } from './commands/node.command.ts';
import { addNodesCommand } from './commands/nodes.command.ts';
import { addReceiptCommand } from './commands/receipt.command.ts';
import { addRetryCommand } from './commands/retry.command.ts';
import { addRewardsCommand } from './commands/rewards.command.ts';
import { addSettlementsCommand } from './commands/settlements.command.ts';
import { addStakeCommands } from './commands/stake.command.ts';
import { addStatsCommand } from './commands/stats.command.ts';
import { addSubmitCommand } from './commands/submit.command.ts';
import { addSwapCommand } from './commands/swap.command.ts';
import { addTasksCommand } from './commands/tasks.command.ts';
import { addWatchCommand } from './commands/watch.command.ts';
import type { Cli } from './context.ts';
import { EXIT_MEANINGS } from './exit-codes.ts';
import { examples } from './help.ts';
import { VERSION } from './version.ts';

/** The whole command tree. Nothing runs until it is given arguments. */
export function buildProgram(cli: Cli): Command {
  const { colors } = cli.output;
  const help: HelpConfiguration = {
    styleTitle: (text) => colors.bold(text),
    styleCommandText: (text) => colors.cyan(text),
    styleSubcommandTerm: (text) => colors.cyan(text),
    styleOptionTerm: (text) => colors.cyan(text),
    styleArgumentTerm: (text) => colors.cyan(text),
  };
  const program = new Command('deai')
    .description('An open network for AI compute: submit work, run a node and earn, or run the network itself.')
    .version(VERSION, '-V, --version', 'print the version')
    .option('--url <address>', 'address of the network (DEAI_URL; else that of the last login)')
    .option('--json', 'print one JSON document, or JSON lines where things happen over time; errors too')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .helpOption('-h, --help', 'show this help')
    .addHelpCommand(new Command('help').argument('[command]').description('show the help of a command').helpGroup('Shell:'))
    .configureHelp({ ...help, sortSubcommands: false, showGlobalOptions: false })
    // What is wrong with the arguments is written where all errors are.
    .configureOutput({
      outputError: () => {},
      ...(cli.output.json ? { writeErr: () => {} } : {}),
      getOutHasColors: () => colors.isColorSupported,
      getErrHasColors: () => colors.isColorSupported,
    })
    .exitOverride()
    .showSuggestionAfterError();

  program.commandsGroup('Work:');
  addSubmitCommand(program, cli);
  addTasksCommand(program, cli);
  addWatchCommand(program, cli);
  addCancelCommand(program, cli);
  addRetryCommand(program, cli);
  addReceiptCommand(program, cli);
  program.commandsGroup('Network:');
  addStatsCommand(program, cli);
  addNodesCommand(program, cli);
  addNodeCommand(program, cli);
  addNetworkCommands(program, cli);
  addAdminCommand(program, cli);
  program.commandsGroup('Account:');
  addAuthCommands(program, cli);
  addRewardsCommand(program, cli);
  addKeysCommand(program, cli);
  program.commandsGroup('Chain:');
  addBalanceCommand(program, cli);
  addStakeCommands(program, cli);
  addClaimCommand(program, cli);
  addEscrowCommands(program, cli);
  addLinkCommand(program, cli);
  addSwapCommand(program, cli);
  addSettlementsCommand(program, cli);
  addChainCommand(program, cli);
  program.commandsGroup('Shell:');
  addCompletionCommand(program, cli);

  examples(program, [
    ['deai up', 'a whole network on this machine'],
    ['deai login --register', 'an account on it'],
    ['deai node start', 'this machine as a node'],
    ['deai submit ocr --image page.png', 'work for it'],
  ]);
  const codes = EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`).join('\n');
  program.addHelpText('after', `\n${colors.bold('Exit codes:')}\n${codes}`);
  program.addHelpText(
    'after',
    `\n${colors.bold('Environment:')}\n  DEAI_URL, DEAI_API_KEY, DEAI_NODE_DATA_DIR, NEAR_RPC_URL, DEAI_CONTRACT_ACCOUNT, DEAI_DATA_DIR, XDG_CONFIG_HOME, NO_COLOR`,
  );
  return program;
}
