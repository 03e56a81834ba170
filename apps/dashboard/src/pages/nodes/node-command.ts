interface NodeCommand {
  origin: string;
  /** Left open when there is none yet. */
  key: string | undefined;
  name: string;
  region: string;
  kinds: readonly string[];
}

/** A word as a shell takes it, whatever is in it. */
const quoted = (word: string) => (/^[\w.,:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The command that starts a node. */
export function nodeCommand({ origin, key, name, region, kinds }: NodeCommand): string {
  const options = [
    ['--name', name],
    ['--region', region],
    ['--kinds', kinds.join(',')],
  ].flatMap(([flag = '', value = '']) => (value.trim() ? [`${flag} ${quoted(value.trim())}`] : []));
  return [`DEAI_URL=${quoted(origin)} DEAI_API_KEY=${key ?? '…'} \\`, `  npm run deai -- node start ${options.join(' ')}`].join('\n');
}
