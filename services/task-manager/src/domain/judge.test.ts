import { canonicalJson } from '@deai/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SAMPLE_OUTPUT, sampleLease, sampleResult, sampleTask } from '../testing/samples.ts';
import { judge, judgeFailure } from './judge.ts';

const lease = sampleLease(sampleTask());
const input = lease.task.input;
const wasmTask = sampleTask({ kind: 'wasm', unitsQuoted: 10, input: {} });
const wasmOutput = canonicalJson({ exitCode: 0, stdout: '', stderr: '' });

test('charges the quoted units of a kind whose units follow from the input, whatever the node claims', () => {
  const verdict = judge(lease, input, sampleResult(lease, { units: 0.001 }), 2_000);
  expect(verdict).toEqual({ output: SAMPLE_OUTPUT, units: 1, rewardYocto: 1000n, feeYocto: 50n });
});

test.each([
  ['not JSON', 'hello'],
  ['another shape', '{"results":[]}'],
  ['not canonical', '{"results": [[{"confidence":0.9,"language":"fr"}]]}'],
  ['items left out', SAMPLE_OUTPUT, { texts: ['a', 'b'] }],
])('refuses an output that is %s', (_what, output, asked = input) => {
  expect(() => judge(lease, asked, sampleResult(lease, { output }), 2_000)).toThrow(expect.objectContaining({ code: 'RESULT_INVALID' }));
});

test('refuses metered units beyond the quote or beyond the time that passed', () => {
  const run = sampleLease(wasmTask, { assignedAtMs: 0 });
  const claim = (units: number) => () => judge(run, {}, sampleResult(run, { output: wasmOutput, units }), 5_000);
  expect(claim(11)).toThrow(expect.objectContaining({ code: 'RESULT_INVALID' }));
  expect(claim(6)).toThrow(expect.objectContaining({ code: 'RESULT_INVALID' }));
  expect(claim(4)().rewardYocto).toBe(4000n);
});

test('a price never exceeds the hold', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 10, noNaN: true }), fc.bigInt({ min: 1n, max: 10n ** 30n }), (units, unitYocto) => {
      const hold = judge(
        sampleLease({ ...wasmTask, unitYocto }, { assignedAtMs: 0 }),
        {},
        sampleResult(lease, { output: wasmOutput, units: 10 }),
        1e6,
      );
      const verdict = judge(
        sampleLease({ ...wasmTask, unitYocto }, { assignedAtMs: 0 }),
        {},
        sampleResult(lease, { output: wasmOutput, units }),
        1e6,
      );
      expect(verdict.rewardYocto + verdict.feeYocto).toBeLessThanOrEqual(hold.rewardYocto + hold.feeYocto);
    }),
  );
});

test("a failure costs only when it is the requester's, and only metered units, within the quote", () => {
  const run = sampleLease(wasmTask, { assignedAtMs: 0 });
  const failure = (cause: 'requester' | 'node') =>
    sampleResult(run, { output: undefined as never, units: 99, failure: { code: 'EXECUTION_TIMEOUT', message: '', cause } });
  expect(judgeFailure(run, failure('node'), 1e6).rewardYocto).toBe(0n);
  expect(judgeFailure(run, failure('requester'), 1e6).units).toBe(10);
  const fixed = sampleResult(lease, { units: 99, failure: { code: 'TASK_INPUT_REJECTED', message: '', cause: 'requester' } });
  expect(judgeFailure(lease, fixed, 1e6).rewardYocto).toBe(0n);
});
