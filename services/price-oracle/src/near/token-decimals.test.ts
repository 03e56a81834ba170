import type { NearView } from '@deai/near';
import { type FakeRpc, startFakeRpc } from '@deai/near/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ReadError } from '../domain/ports.ts';
import { createTokenDecimals } from './token-decimals.ts';
import { createReadingView } from './view.ts';

let rpc: FakeRpc;
let view: NearView;
beforeEach(async () => {
  rpc = await startFakeRpc();
  view = createReadingView({ url: rpc.url, timeoutMs: 1_000, pauseMs: 1 });
});
afterEach(() => rpc.close());
const signal = new AbortController().signal;

test('what the node does not answer is a ReadError, and so is the reason of the signal', async () => {
  await expect(view.finalBlock(AbortSignal.abort(new ReadError('stopped')))).rejects.toThrow(new ReadError('stopped'));
  rpc.on('block', () => ({}));
  await expect(view.finalBlock(signal)).rejects.toThrow(ReadError);
  await expect(createTokenDecimals(view)('none.near', signal)).rejects.toThrow(new ReadError('the NEAR node answered UNKNOWN_ACCOUNT'));
});

describe('the decimals of a token', () => {
  test('are asked for once', async () => {
    const decimals = createTokenDecimals(view);
    rpc.on('t.near.ft_metadata', () => ({ decimals: 6 }));
    expect([await decimals('t.near', signal), await decimals('t.near', signal)]).toEqual([6, 6]);
    expect(rpc.seen).toEqual(['t.near.ft_metadata']);
  });
  test.each([-1, 39, 6.5, '6', null])('cannot be %j, and are asked for again', async (wrong) => {
    const decimals = createTokenDecimals(view);
    rpc.on('t.near.ft_metadata', () => ({ decimals: wrong }));
    await expect(decimals('t.near', signal)).rejects.toThrow('/decimals');
    rpc.on('t.near.ft_metadata', () => ({ decimals: 24 }));
    expect(await decimals('t.near', signal)).toBe(24);
  });
});
