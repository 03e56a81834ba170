import type { NearView } from '@deai/near';
import Type from 'typebox';

/** How many decimals a token has, by its contract. */
export type TokenDecimals = (token: string, signal: AbortSignal) => Promise<number>;

const Metadata = Type.Object({ decimals: Type.Integer({ minimum: 0, maximum: 38 }) });

/** Asks `ft_metadata` of each token once: decimals never change. */
export function createTokenDecimals(view: NearView): TokenDecimals {
  const known = new Map<string, number>();
  return async (token, signal) => {
    const found = known.get(token);
    if (found !== undefined) return found;
    const { decimals } = await view.call({ contract: token, method: 'ft_metadata', args: {}, schema: Metadata }, signal);
    known.set(token, decimals);
    return decimals;
  };
}
