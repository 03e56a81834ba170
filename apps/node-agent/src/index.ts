export { type AgentHandle, runAgent } from './agent.ts';
export { type AgentConfig, readConfig } from './config.ts';
export type { GgufModel } from './executors/executor.spec.ts';
export { AGENT_STATES, type AgentState, type AgentStatus } from './local/agent-status.ts';
export { readAgentStatus, requestDrain } from './local/control-client.ts';
export type { AgentOptions, UpstreamOptions } from './options.ts';
export { drainOnSignals } from './signals.ts';
