import { DeaiError } from './errors.ts';

/** Decimal places of the token: one DEAI is 10²⁴ yocto-DEAI, as one NEAR is 10²⁴ yoctoNEAR. */
export const TOKEN_DECIMALS = 24;
export const TOKEN_SYMBOL = 'DEAI';
/** One whole token in yocto-units. */
export const ONE_TOKEN = 10n ** 24n;

/** A non-negative amount of yocto-units as base-10 text, the form money has in JSON. */
export type Yocto = string;

const DECIMAL = /^(\d+)(?:\.(\d+))?$/;

/**
 * Reads whole tokens ("1.5") into yocto-units.
 * @throws DeaiError `INVALID_AMOUNT` for signs, exponents, or more than 24 decimals.
 */
export function parseTokens(text: string): bigint {
  const match = DECIMAL.exec(text.trim());
  const fraction = match?.[2] ?? '';
  if (!match || fraction.length > TOKEN_DECIMALS) throw new DeaiError('INVALID_AMOUNT', { amount: text });
  return BigInt(match[1] as string) * ONE_TOKEN + BigInt(fraction.padEnd(TOKEN_DECIMALS, '0'));
}

/** Writes yocto-units as whole tokens with at most `maxDecimals` decimals (rounded down), without the symbol. */
export function formatTokens(yocto: bigint | Yocto, maxDecimals = TOKEN_DECIMALS): string {
  const amount = BigInt(yocto);
  const sign = amount < 0n ? '-' : '';
  const absolute = amount < 0n ? -amount : amount;
  const fraction = (absolute % ONE_TOKEN).toString().padStart(TOKEN_DECIMALS, '0').slice(0, maxDecimals).replace(/0+$/, '');
  return `${sign}${absolute / ONE_TOKEN}${fraction ? `.${fraction}` : ''}`;
}

/** `⌈numerator / denominator⌉` for non-negative integers: prices round in the network's favour, by one yocto at most. */
export function divideUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}
