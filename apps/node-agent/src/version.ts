import manifest from '../package.json' with { type: 'json' };

/** Version of this agent, as offers and benchmarks name it. */
export const AGENT_VERSION: string = manifest.version;
