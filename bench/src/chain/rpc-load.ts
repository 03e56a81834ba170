import { Agent, request } from 'undici';
import { nowMs } from '../measure/clock.ts';

interface Answer {
  result?: { status?: { SuccessValue?: string } };
  error?: unknown;
}

/**
 * Sends signed transactions over HTTP and waits for each to be executed. Every caller has a connection and takes each so-manieth
 * transaction, so that those of one key come in order if the callers divide the number of keys. @returns transactions a second
 */
export async function sendOverRpc(url: string, transactions: readonly string[], callers: number): Promise<number> {
  const agent = new Agent({ connections: callers, pipelining: 1 });
  const caller = async (first: number): Promise<void> => {
    for (let index = first; index < transactions.length; index += callers) {
      const params = { signed_tx_base64: transactions[index], wait_until: 'EXECUTED_OPTIMISTIC' };
      const body = JSON.stringify({ jsonrpc: '2.0', id: index, method: 'send_tx', params });
      const response = await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, dispatcher: agent });
      const { result, error } = (await response.body.json()) as Answer;
      if (result?.status?.SuccessValue === undefined) throw new Error(`a transfer failed: ${JSON.stringify(error ?? result)}`);
    }
  };
  const startedMs = nowMs();
  await Promise.all(Array.from({ length: callers }, (_, index) => caller(index)));
  const seconds = (nowMs() - startedMs) / 1_000;
  await agent.close();
  return transactions.length / seconds;
}
