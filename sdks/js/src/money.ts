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
