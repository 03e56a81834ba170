import { resolve } from 'node:path';

/** How the demo runs. */
export interface DemoConfig {
  /** Leave everything running and print its addresses. */
  keep: boolean;
  /** Data of network, nodes and account: kept, so that the next run starts fast. */
  dataDir: string;
}

export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): DemoConfig {
  return {
    keep: !['', '0', 'false', 'no'].includes((env.KEEP ?? '').toLowerCase()),
    dataDir: resolve(env.DEAI_DATA_DIR ?? './.deai/demo'),
  };
}

/** What a child needs of our environment: no settings of somebody's own network. */
export function inheritedEnv(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'XDG_CONFIG_HOME'];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
