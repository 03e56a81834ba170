import { expect, test } from 'vitest';
import type { InstanceRow } from './claims.ts';
import { createPeers } from './peers.ts';

const row = (id: string, more: Partial<InstanceRow> = {}): InstanceRow => ({ id, heir: null, counts: null, silentMs: 0, ...more });

test('an instance that lives looks after its own tasks and those of whom it inherited', () => {
  const peers = createPeers('me');
  const found = peers.update([row('a'), row('dead', { heir: 'a' }), row('mine', { heir: 'me' })], new Set(['dead', 'mine']));
  expect([...peers.alive]).toEqual(['a']);
  expect(peers.lookedAfter).toEqual(['a', 'dead']);
  expect(found).toEqual({ orphaned: [], gone: ['dead', 'mine'] });
});

test('one that is gone is orphaned, and so is what it had inherited', () => {
  const peers = createPeers('me');
  const rows = [row('a'), row('b'), row('c', { heir: 'a' }), row('d')];
  expect(peers.update(rows, new Set(['a', 'b', 'c']))).toEqual({ orphaned: ['a', 'b', 'c'], gone: ['a', 'b', 'c'] });
  expect(peers.lookedAfter).toEqual(['d']);
});

test('one that says it started counts at once', () => {
  const peers = createPeers('me');
  peers.add('me');
  expect(peers.known).toBe(false);
  peers.add('a');
  expect(peers.alive.has('a')).toBe(true);
  expect(peers.lookedAfter).toEqual(['a']);
});
