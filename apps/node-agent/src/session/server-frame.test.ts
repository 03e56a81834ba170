import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wireTask } from '../testing/fixtures.ts';
import { readServerFrame } from './server-frame.ts';

const read = (value: unknown) => readServerFrame(Buffer.from(JSON.stringify(value)), false);

test('reads frames of the protocol', () => {
  const frame = { type: 'assign', tasks: [wireTask()] };
  expect(read(frame)).toEqual(frame);
});

test.each([
  ['an unknown type', { type: 'shutdown' }],
  ['an extra field', { type: 'cancel', leases: [wireTask().leaseId], force: true }],
  ['a bad lease id', { type: 'cancel', leases: ['../../etc/passwd'] }],
  ['an empty assignment', { type: 'assign', tasks: [] }],
  ['a heartbeat of zero', { type: 'welcome', sessionId: wireTask().leaseId, nodeId: wireTask().leaseId, heartbeatMs: 0, drop: [] }],
])('refuses %s', (_what, value) => {
  expect(read(value)).toBeUndefined();
});

test('refuses binary, broken and deeply nested messages without an error', () => {
  expect(readServerFrame(Buffer.from('{"type":"challenge"}'), true)).toBeUndefined();
  expect(readServerFrame(Buffer.from('['.repeat(200_000)), false)).toBeUndefined();
  fc.assert(fc.property(fc.jsonValue(), (value) => read(value) === undefined));
});
