interface NodeCommand {
  origin: string;
  /** Left open when there is none yet. */
  key: string | undefined;
  name: string;
  region: string;
  kinds: readonly string[];
  /** The server that chats for the node, and its models; used when the node chats. */
  chat?: { upstream: string; models: string };
}

/** A word as a shell takes it, whatever is in it. */
const quoted = (word: string) => (/^[\w.,:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The command that starts a node. */
export function nodeCommand({ origin, key, name, region, kinds, chat }: NodeCommand): string {
  const options = [
    ['--name', name],
    ['--region', region],
    ['--kinds', kinds.join(',')],
    ...(chat && kinds.includes('chat')
      ? [
          ['--upstream', chat.upstream],
          ['--chat-models', chat.models],
        ]
      : []),
  ].flatMap(([flag = '', value = '']) => (value.trim() ? [`${flag} ${quoted(value.trim())}`] : []));
  return [`DEAI_URL=${quoted(origin)} DEAI_API_KEY=${key ?? '…'} \\`, `  npm run deai -- node start ${options.join(' ')}`].join('\n');
}
