/** One pool of a route, and the way through it. */
export interface Hop {
  poolId: number;
  tokenIn: string;
  tokenOut: string;
}

/** A NEAR account id. */
const ACCOUNT = '(?=[^/]{2,64}(?:/|$))[a-z0-9]+(?:[-_.][a-z0-9]+)*';
/** `token/pool/token`, longer routes with more `/pool/token`. */
export const ROUTE_PATTERN = `^${ACCOUNT}(?:/[0-9]{1,9}/${ACCOUNT}){1,4}$`;

/** Reads a route such as `deai.near/12/wrap.near/34/usdc.near`, which {@link ROUTE_PATTERN} has let pass. */
export function parseRoute(text: string): Hop[] {
  const parts = text.split('/');
  const hops: Hop[] = [];
  for (let i = 0; i + 2 < parts.length; i += 2) {
    const [tokenIn, poolId, tokenOut] = parts.slice(i, i + 3) as [string, string, string];
    hops.push({ poolId: Number(poolId), tokenIn, tokenOut });
  }
  return hops;
}
