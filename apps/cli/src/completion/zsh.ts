import type { CommandInfo, OptionInfo } from './tree.ts';

/** A completion script for zsh, with descriptions. */
export function zshScript(commands: readonly CommandInfo[]): string {
  return `#compdef deai
# zsh completion of deai
${commands.map(commandFunction).join('\n')}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then _deai "$@"; else compdef _deai deai; fi
`;
}

const nameOf = (path: readonly string[]) => `_${path.join('_').replaceAll('-', '_')}`;

function commandFunction({ path, options, subcommands, choices }: CommandInfo): string {
  const specs = options.map(optionSpec);
  if (subcommands.length === 0) {
    const rest = choices.length > 0 ? `'*:value:(${choices.join(' ')})'` : `'*:file:_files'`;
    return `${nameOf(path)}() {\n  _arguments -s \\\n    ${[...specs, rest].join(' \\\n    ')}\n}`;
  }
  const described = subcommands.map(({ name, what }) => `    ${quoted(`${name}:${what.replaceAll(':', '\\:')}`)}`).join('\n');
  const cases = subcommands.filter(({ name }) => name !== 'help').map(({ name }) => `        ${name}) ${nameOf([...path, name])} ;;`);
  return `${nameOf(path)}() {
  local curcontext="$curcontext" state line
  local -a subcommands=(
${described}
  )
  _arguments -C -s \\
    ${[...specs, `'1: :->command'`, `'*::argument:->argument'`].join(' \\\n    ')}
  case $state in
    command) _describe command subcommands ;;
    argument)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}`;
}

function optionSpec({ names, what, valued, choices }: OptionInfo): string {
  const text = `[${what.replace(/[[\]]/g, '').replaceAll(':', '\\:')}]`;
  const value = valued ? (choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files') : '';
  if (names.length === 1) return quoted(`${names[0]}${text}${value}`);
  return `${quoted(`(${names.join(' ')})`)}{${names.join(',')}}${quoted(`${text}${value}`)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
