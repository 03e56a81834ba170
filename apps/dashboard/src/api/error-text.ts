import { DeaiApiError } from '@deai/sdk';

/** What went wrong, and what to do about it. */
export interface ErrorText {
  title: string;
  advice: string;
  code: string | undefined;
  requestId: string | undefined;
}

/** Advice beyond the message of the server. */
const ADVICE: Readonly<Record<string, string>> = {
  CONNECTION_FAILED: 'Check your connection and whether the network is running; this page tries again by itself.',
  CLIENT_TIMEOUT: 'The network is slow or busy: try again in a moment.',
  INVALID_RESPONSE: 'Something between you and the network answered in its place: reload the page, or ask who runs the network.',
  INVALID_CREDENTIALS: 'Check both and try again.',
  EMAIL_TAKEN: 'Log in instead, or use another address.',
  INVALID_INPUT: 'Correct the marked field and send it again.',
  INVALID_TASK_INPUT: 'Correct the input and ask for a new quote.',
  INSUFFICIENT_FUNDS: 'Lower the size or the priority of the task, or top up your balance.',
  NO_CAPABLE_NODE: 'Choose a model that a node offers, or start a node with this kind.',
  PRICE_ABOVE_MAXIMUM: 'Raise the highest price you accept, or make the task smaller.',
  API_KEY_LIMIT: 'Revoke a key that is no longer used, then make the new one.',
  FORBIDDEN: 'Your account lacks the role for this: ask an administrator for it.',
  TASK_NOT_FOUND: 'Check the address: tasks are shown to who submitted them.',
  TASK_NOT_ENDED: 'Wait for its end, or cancel it first.',
  TASK_INPUT_GONE: 'Submit it anew in the playground, with its input.',
  NODE_NOT_FOUND: 'Check the address, or look for the node in the list.',
  BATCH_NOT_FOUND: 'Check the number, or look for the batch in the list.',
  USER_NOT_FOUND: 'Check the id of the user.',
  RATE_LIMITED: 'Wait a minute, then try again.',
  OVERLOADED: 'The network is at its limit: try again in a moment.',
  UNAVAILABLE: 'A part of the network is starting or away: try again in a moment.',
  INTERNAL: 'Try again; if it stays, tell who runs the network the request id.',
  PAYLOAD_TOO_LARGE: 'Choose a smaller file.',
  NO_NEAR_ACCOUNT: 'Link one, or choose the account of a node.',
  ACCOUNT_LINK_INVALID: 'Take a full-access key of that very account, on the chain that this network settles on.',
  ACCOUNT_LINKED_ELSEWHERE: 'Log in as that user, or link another account.',
  CHAIN_UNAVAILABLE: 'The chain does not answer the network now: try again in a moment.',
  CLAIM_OPEN: 'It pays this account whoever asked for it: claim what is left in a minute.',
  NOTHING_TO_CLAIM: 'Wait until more is final on chain.',
  NODE_NOT_CONNECTED: 'Start the agent on that machine, then try again.',
};

interface Problem {
  path?: string;
  problem?: string;
}

/** The field that the server complains about, in words. */
function fieldOf(details: unknown): string {
  const problem = (details as { problems?: Problem[] } | undefined)?.problems?.[0];
  if (!problem?.problem) return '';
  const name = problem.path?.split('/').filter(Boolean).join(' › ');
  return ` ${name ? `“${name}” ` : 'It '}${problem.problem}.`;
}

/** An error in words that people can act on. */
export function errorText(error: unknown): ErrorText {
  if (error instanceof DeaiApiError) {
    const { code, message, requestId, details, retryable } = error;
    const title = code === 'CONNECTION_FAILED' ? 'The network does not answer.' : `${message}${fieldOf(details)}`;
    return { title, advice: ADVICE[code] ?? (retryable ? 'Try again in a moment.' : ''), code, requestId };
  }
  return {
    title: error instanceof Error ? error.message : String(error),
    advice: 'Reload the page.',
    code: undefined,
    requestId: undefined,
  };
}
