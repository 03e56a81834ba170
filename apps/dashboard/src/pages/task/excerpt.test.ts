import { describe, expect, it } from 'vitest';
import { excerptOf, MOST_SHOWN } from './excerpt.ts';

const parts = (...texts: string[]) => texts.map((text, i) => ({ name: `Text ${i + 1}`, text }));
const shown = (texts: string[], open: boolean) => {
  const { parts: told, whole } = excerptOf(parts(...texts), open);
  return { texts: told.map(({ text }) => text), whole };
};

describe('an excerpt', () => {
  it('is all of a short input', () => {
    expect(excerptOf(parts('a', 'b\nc'), false)).toEqual({ parts: parts('a', 'b\nc'), whole: true });
    expect(shown([''], false)).toEqual({ texts: [''], whole: true });
  });
  it('has the first parts of a long input, each shortened, until it is opened', () => {
    const many = ['1', '2', '3', '4', '5'];
    expect(shown(many, false)).toEqual({ texts: many.slice(0, 4), whole: false });
    expect(shown(many, true)).toEqual({ texts: many, whole: true });
    expect(shown(['x'.repeat(281)], false)).toEqual({ texts: [`${'x'.repeat(280)}…`], whole: false });
    expect(shown(['a\n'.repeat(9)], false)).toEqual({ texts: ['a\na\na\na\na\na…'], whole: false });
  });
  it('shows no half of a character', () => {
    expect(shown([`${'x'.repeat(279)}😀`], false).texts).toEqual([`${'x'.repeat(279)}…`]);
  });
  it('ends at the most that is shown, and says that it is not all', () => {
    const half = 'x'.repeat(MOST_SHOWN / 2);
    expect(shown([half, half], true)).toEqual({ texts: [half, half], whole: true });
    expect(shown([half, `${half}y`], true)).toEqual({ texts: [half, `${half}…`], whole: false });
    expect(shown([half, half, 'z'], true)).toEqual({ texts: [half, half], whole: false });
  });
});
