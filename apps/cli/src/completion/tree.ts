import type { Command, Option } from 'commander';

/** An option as a shell needs to know it. */
export interface OptionInfo {
  /** `--url`, `-m`. */
  names: string[];
  what: string;
  /** It takes a value. */
  valued: boolean;
  choices: readonly string[];
}

/** A command with what may follow it. */
export interface CommandInfo {
  /** Names from the program down, such as `['deai', 'nodes', 'mode']`. */
  path: string[];
  what: string;
  options: OptionInfo[];
  subcommands: { name: string; what: string }[];
  /** Values of its arguments, where they are a fixed list. */
  choices: readonly string[];
}

/** Every command of the tree, the program first; each with the options of the program. */
export function describeCommands(program: Command): CommandInfo[] {
  const help = program.createHelp();
  const globals = help.visibleOptions(program).map(describeOption);
  const describe = (command: Command, path: string[]): CommandInfo[] => {
    const children = help.visibleCommands(command);
    const own = command === program ? [] : help.visibleOptions(command).map(describeOption);
    const names = new Set(own.flatMap((option) => option.names));
    const info: CommandInfo = {
      path,
      what: firstLine(command.description()),
      options: [...own, ...globals.filter((option) => !option.names.some((name) => names.has(name)))],
      subcommands: children.map((child) => ({ name: child.name(), what: firstLine(child.description()) })),
      choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    };
    // `help` is made on the fly and has no place in the tree.
    return [info, ...command.commands.flatMap((child) => describe(child as Command, [...path, child.name()]))];
  };
  return describe(program, [program.name()]);
}

function describeOption({ short, long, description, required, optional, argChoices }: Option): OptionInfo {
  const names = [short, long].filter((name): name is string => Boolean(name));
  return { names, what: firstLine(description), valued: required || optional, choices: argChoices ?? [] };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
