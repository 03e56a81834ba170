import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeVector, encodeVector, vectorsOf } from './vectors.ts';

const vectors = fc.array(fc.float({ noNaN: true }), { minLength: 1 });

describe('vectors', () => {
  it('survive base64 and back, bit for bit', () => {
    fc.assert(
      fc.property(vectors, (numbers) => {
        expect(decodeVector(encodeVector(numbers))).toEqual(numbers);
      }),
    );
  });

  it('come in the encoding asked for, whichever the node used', () => {
    const base64 = encodeVector([0.5, -2]);
    for (const vector of [base64, [0.5, -2]]) {
      expect(vectorsOf({ vectors: [vector] }, 'float', 1)).toEqual([[0.5, -2]]);
      expect(vectorsOf({ vectors: [vector] }, 'base64', 1)).toEqual([base64]);
    }
  });

  it.each([undefined, {}, { vectors: [] }, { vectors: ['AAAA', 'AAAA'] }])(
    'are refused when there are not as many as texts: %j',
    (output) => {
      expect(() => vectorsOf(output, 'float', 1)).toThrow(expect.objectContaining({ code: 'RESULT_INVALID' }));
    },
  );
});
