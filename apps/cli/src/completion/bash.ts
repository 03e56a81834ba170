import type { CommandInfo } from './tree.ts';

/** A completion script for bash. Values without a list are completed as file names. */
export function bashScript(commands: readonly CommandInfo[]): string {
  const words = commands.map(({ path, options, subcommands, choices }) => {
    const flags = options.flatMap(({ names }) => names).join(' ');
    const names = [...subcommands.map(({ name }) => name), ...choices].join(' ');
    return `    '${path.join(' ')}') names='${names}' flags='${flags}' ;;`;
  });
  const paths = commands.slice(1).map(({ path }) => `'${path.join(' ')}'`);
  const valued = commands.flatMap(({ path, options }) =>
    options
      .filter(({ valued }) => valued)
      .map(
        ({ names, choices }) =>
          `    ${names.map((name) => `'${path.join(' ')} ${name}'`).join(' | ')}) values='${choices.join(' ')}' valued=1 ;;`,
      ),
  );
  return `# bash completion of deai
_deai() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path=deai names='' flags='' values='' valued='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$path $word" in
      ${paths.join(' | ')}) path="$path $word" ;;
    esac
  done
  case "$path $prev" in
${valued.join('\n')}
  esac
  if [[ -n $valued ]]; then
    if [[ -n $values ]]; then COMPREPLY=($(compgen -W "$values" -- "$cur")); else COMPREPLY=($(compgen -f -- "$cur")); fi
    return
  fi
  case "$path" in
${words.join('\n')}
  esac
  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur")); else COMPREPLY=($(compgen -W "$names" -- "$cur")); fi
}
complete -o default -F _deai deai
`;
}
