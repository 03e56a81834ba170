import type { CommandInfo } from './tree.ts';

/** A completion script for fish, with descriptions. */
export function fishScript(commands: readonly CommandInfo[]): string {
  return `# fish completion of deai
function __deai_path
  set -l path deai
  for word in (commandline -opc)[2..]
    switch "$path $word"
      case ${commands
        .slice(1)
        .map(({ path }) => quoted(path.join(' ')))
        .join(' ')}
        set path "$path $word"
    end
  end
  echo $path
end
${commands.flatMap(lines).join('\n')}
`;
}

function lines({ path, options, subcommands, choices }: CommandInfo): string[] {
  const here = `complete -c deai -n ${quoted(`test (__deai_path) = ${quoted(path.join(' '), '"')}`)}`;
  return [
    ...subcommands.map(({ name, what }) => `${here} -f -a ${name} -d ${quoted(what)}`),
    ...(choices.length > 0 ? [`${here} -f -a ${quoted(choices.join(' '))}`] : []),
    ...options.map(({ names, what, valued, choices }) => {
      const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ');
      const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : valued ? ' -r' : '';
      return `${here} ${flags}${value} -d ${quoted(what)}`;
    }),
  ];
}

function quoted(text: string, mark = "'"): string {
  return `${mark}${text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`)}${mark}`;
}
