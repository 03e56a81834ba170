import { Agent, request } from 'undici';
import { nowMs } from '../measure/clock.ts';

interface Answer {
  result?: { status?: { SuccessValue?: string } };
  error?: unknown;
}

/** Sends signed transactions over HTTP, a connection a caller, and waits for each to be executed. @returns transactions a second */
export async function sendOverRpc(url: string, transactions: readonly string[], callers: number): Promise<number> {
  const agent = new Agent({ connections: callers, pipelining: 1 });
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < transactions.length) {
      const params = { signed_tx_base64: transactions[next++], wait_until: 'EXECUTED_OPTIMISTIC' };
      const body = JSON.stringify({ jsonrpc: '2.0', id: next, method: 'send_tx', params });
      const response = await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, dispatcher: agent });
      const { result, error } = (await response.body.json()) as Answer;
      if (result?.status?.SuccessValue === undefined) throw new Error(`a transfer failed: ${JSON.stringify(error ?? result)}`);
    }
  };
  const startedMs = nowMs();
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (nowMs() - startedMs) / 1_000;
  await agent.close();
  return transactions.length / seconds;
}
