import { DeaiError } from './errors.ts';
import { TOKEN_DECIMALS, type Yocto } from './money.ts';

/** Decimal places of prices in code: a price is a bigint of atto-dollars, 10⁻¹⁸ US dollars for one whole token. */
export const USD_DECIMALS = 18;
/** One US dollar in atto-dollars. */
export const ONE_USD = 10n ** 18n;

const DECIMAL = /^(\d{1,30})(?:\.(\d{1,18}))?$/;
/** Fractions are written to six decimals, or to four digits where six decimals would show fewer. */
const DECIMALS_SHOWN = 6;
const DIGITS_SHOWN = 4;

/**
 * Reads US dollars ("0.25") into atto-dollars.
 * @throws DeaiError `INVALID_AMOUNT` for signs, exponents, or more than 18 decimals.
 */
export function parseUsd(text: string): bigint {
  const match = DECIMAL.exec(text.trim());
  if (!match) throw new DeaiError('INVALID_AMOUNT', { amount: text, hint: 'US dollars such as 0.25, with at most 18 decimals.' });
  return BigInt(match[1] as string) * ONE_USD + BigInt((match[2] ?? '').padEnd(USD_DECIMALS, '0'));
}

/** Writes atto-dollars as US dollars, every digit of them, without the sign of the currency. */
export function formatUsd(attoUsd: bigint): string {
  return decimalOf(attoUsd, USD_DECIMALS);
}

/**
 * What an amount of tokens is worth at a price for one whole token, in US dollars: for people to read, never to pay by.
 * Computed exactly, then rounded half up to six decimals, or to four digits below that.
 * @throws DeaiError `INVALID_AMOUNT` when `usdPerToken` is not such a price.
 */
export function usdOf(yocto: bigint | Yocto, usdPerToken: string): string {
  const scale = TOKEN_DECIMALS + USD_DECIMALS;
  const exact = BigInt(yocto) * parseUsd(usdPerToken);
  const zeros = scale - exact.toString().length;
  const shown = Math.max(DECIMALS_SHOWN, zeros + DIGITS_SHOWN);
  if (shown >= scale) return decimalOf(exact, scale);
  const step = 10n ** BigInt(scale - shown);
  return decimalOf((exact + step / 2n) / step, shown);
}

function decimalOf(amount: bigint, decimals: number): string {
  const one = 10n ** BigInt(decimals);
  const fraction = (amount % one).toString().padStart(decimals, '0').replace(/0+$/, '');
  return `${amount / one}${fraction && `.${fraction}`}`;
}
