/** Random choices that come out the same for the same seed. */
export interface Seeded {
  readonly seed: number;
  /** From 0 up to, not including, `bound`. */
  below(bound: number): number;
  oneOf<T>(choices: readonly T[]): T;
}

/** Makes choices from a seed: an integer from 0 to 2³² − 1. */
export function seededBy(seed: number): Seeded {
  let state = seed >>> 0;
  // Marsaglia's xorshift needs a state other than 0.
  if (state === 0) state = 0x9e3779b9;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  // Small seeds begin with small numbers.
  for (let i = 0; i < 16; i++) next();
  const below = (bound: number) => Math.floor(next() * bound);
  return { seed, below, oneOf: (choices) => choices[below(choices.length)] as (typeof choices)[number] };
}
