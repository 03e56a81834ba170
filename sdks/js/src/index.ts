export { DeaiClient } from './client.ts';
export { type ApiErrorCode, type ClientErrorCode, DeaiApiError, TaskFailedError } from './errors.ts';
export type { Listing } from './listing.ts';
export { formatTokens, parseTokens, usdOf } from './money.ts';
export type { CallOptions, ClientOptions, Tokens } from './options.ts';
export type { CompletedTask, ResultOf, Run, RunOptions, SubmitOptions, TaskSettings, WaitOptions } from './resources/tasks.types.ts';
export { hasEnded } from './resources/wait.ts';
export { cosine, decodeVector } from './vectors.ts';
export type { WatchEvent, WatchOptions } from './watch.ts';
