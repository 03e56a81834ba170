import { ONE_USD } from '@deai/protocol';
import { ReadError } from './ports.ts';

/** An exact positive fraction. */
export interface Ratio {
  numerator: bigint;
  denominator: bigint;
}

/** Exponents beyond this are no price of anything, and would make numbers that stop the process. */
const MAX_EXPONENT = 80;

/** `10^exponent`, also for negative exponents. @throws ReadError beyond ±80. */
export function powerOfTen(exponent: number): Ratio {
  if (!Number.isInteger(exponent) || Math.abs(exponent) > MAX_EXPONENT) throw new ReadError(`an exponent of ${exponent} makes no price`);
  const power = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0 ? { numerator: 1n, denominator: power } : { numerator: power, denominator: 1n };
}

export function times(...factors: Ratio[]): Ratio {
  return factors.reduce((a, b) => ({ numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator }));
}

/** A whole number as a fraction. */
export const whole = (value: bigint): Ratio => ({ numerator: value, denominator: 1n });

/** A fraction of dollars in atto-dollars, rounded half up. @throws ReadError when nothing is left, or when it was not above zero. */
export function toAttoUsd({ numerator, denominator }: Ratio): bigint {
  if (numerator <= 0n || denominator <= 0n) throw new ReadError('the price is not above zero');
  const attoUsd = (2n * numerator * ONE_USD + denominator) / (2n * denominator);
  if (attoUsd === 0n) throw new ReadError('the price is below 10⁻¹⁸ dollars');
  return attoUsd;
}

/** Atto-dollars as a fraction of dollars. */
export const fromAttoUsd = (attoUsd: bigint): Ratio => ({ numerator: attoUsd, denominator: ONE_USD });
