const DECIMALS = 24;
const ONE = 10n ** 24n;

/** Writes yocto-units (base-10 text or bigint) as whole tokens with at most `maxDecimals` decimals, rounded towards zero, without the symbol. */
export function formatTokens(yocto: bigint | string, maxDecimals: number = DECIMALS): string {
  const amount = BigInt(yocto);
  const absolute = amount < 0n ? -amount : amount;
  const fraction = (absolute % ONE).toString().padStart(DECIMALS, '0').slice(0, maxDecimals).replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${absolute / ONE}${fraction ? `.${fraction}` : ''}`;
}

/** Reads whole tokens ("1.5") into yocto-units as base-10 text, the form of `maxPriceYocto`. @throws RangeError for anything else. */
export function parseTokens(text: string): string {
  const match = /^(\d{1,24})(?:\.(\d{1,24}))?$/.exec(text.trim());
  if (!match) throw new RangeError(`"${text}" is not an amount of tokens such as 1.5`);
  return (BigInt(match[1] as string) * ONE + BigInt((match[2] ?? '').padEnd(DECIMALS, '0'))).toString();
}

const USD_DECIMALS = 18;

/**
 * What an amount in yocto-units is worth at a price for one whole token, such as `usd` of `network.price()`: US dollars as decimal text,
 * rounded half up to six decimals, or to four digits below that. For people to read, never to pay by. @throws RangeError for another price.
 */
export function usdOf(yocto: bigint | string, usdPerToken: string): string {
  const match = /^(\d{1,30})(?:\.(\d{1,18}))?$/.exec(usdPerToken.trim());
  if (!match) throw new RangeError(`"${usdPerToken}" is not a price in US dollars such as 0.25`);
  const price = BigInt((match[1] as string) + (match[2] ?? '').padEnd(USD_DECIMALS, '0'));
  const scale = DECIMALS + USD_DECIMALS;
  const exact = BigInt(yocto) * price;
  const shown = Math.min(scale, Math.max(6, scale - exact.toString().length + 4));
  const step = 10n ** BigInt(scale - shown);
  const rounded = ((exact + step / 2n) / step).toString().padStart(shown + 1, '0');
  const fraction = rounded.slice(-shown).replace(/0+$/, '');
  return `${rounded.slice(0, -shown)}${fraction && `.${fraction}`}`;
}
