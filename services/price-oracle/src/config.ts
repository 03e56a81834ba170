import { DeaiError, parseUsd } from '@deai/protocol';
import { type Env, parseEnv } from '@deai/service-kit';
import Type, { type Static } from 'typebox';
import { type Hop, parseRoute, ROUTE_PATTERN } from './sources/route.ts';

const Account = (description: string) =>
  Type.Optional(Type.String({ minLength: 2, maxLength: 64, pattern: '^[a-z0-9]+([-_.][a-z0-9]+)*$', description }));
const Route = (description: string) => Type.Optional(Type.String({ pattern: ROUTE_PATTERN, description }));
const Usd = { pattern: '^[0-9]{1,18}(\\.[0-9]{1,18})?$' };
const whole = (minimum: number, maximum: number, standard: number, description: string) =>
  Type.Integer({ minimum, maximum, default: standard, description });

/** The environment variables of this service. */
export const PRICE_ORACLE_ENV = Type.Object({
  DEAI_PRICE_USD: Type.Optional(Type.String({ ...Usd, description: 'fixed price of one token in dollars, for development' })),
  NEAR_RPC_URL: Type.Optional(Type.String({ pattern: '^https?://', description: 'JSON-RPC of a NEAR node, to read prices from' })),
  DEAI_PRICE_REF_EXCHANGE: Account('account of the exchange with Ref’s interface'),
  DEAI_PRICE_REF_ROUTE: Route('pools from the token to a dollar coin, such as deai.near/12/wrap.near/34/usdc.near: a source of its own'),
  DEAI_PRICE_REF_MIN_LIQUIDITY_USD: Type.String({
    ...Usd,
    default: '10000',
    description: 'dollars that each pool must hold on its far side',
  }),
  DEAI_PRICE_FEED_ROUTE: Route('pools from the token to the one that the feeds below price; leave it out when they price the token itself'),
  DEAI_PRICE_ORACLE_CONTRACT: Account('account of NEAR’s native price oracle'),
  DEAI_PRICE_ORACLE_ASSET: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'what that oracle calls the asset' })),
  DEAI_PRICE_ORACLE_DECIMALS: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 38, description: 'decimals of the asset, when it is no token that tells them' }),
  ),
  DEAI_PRICE_PYTH_CONTRACT: Account('account of Pyth’s contract'),
  DEAI_PRICE_PYTH_ID: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Pyth’s price id, 64 hex digits' })),
  DEAI_PRICE_PYTH_MAX_CONF_BPS: whole(1, 10_000, 200, 'widest confidence interval, in basis points of the price'),
  DEAI_PRICE_QUORUM: whole(1, 3, 2, 'sources that must agree for a new price'),
  DEAI_PRICE_MAX_AGE_S: whole(1, 86_400, 120, 'a source’s price older than this is left out'),
  DEAI_PRICE_MAX_DEVIATION_BPS: whole(1, 9_999, 300, 'a source further from the median is left out, in basis points'),
  DEAI_PRICE_KEEP_S: whole(1, 31_536_000, 86_400, 'the last good price is told this long, with its age'),
  DEAI_PRICE_READ_MS: whole(10, 3_600_000, 30_000, 'between two readings of the sources'),
  DEAI_PRICE_TIMEOUT_MS: whole(10, 60_000, 5_000, 'one request to the NEAR node; it is tried up to three times'),
  DEAI_PRICE_HISTORY_DAYS: whole(1, 36_500, 7, 'accepted prices are kept this long'),
});
type Values = Static<typeof PRICE_ORACLE_ENV>;

export interface PoolRoute {
  exchange: string;
  route: Hop[];
}

/** The sources on chain. */
export interface ChainSources {
  rpcUrl: string;
  minLiquidityAttoUsd: bigint;
  ref: PoolRoute | undefined;
  feedRoute: PoolRoute | undefined;
  nearOracle: { contract: string; asset: string; assetDecimals: number | undefined } | undefined;
  pyth: { contract: string; priceId: string; maxConfBps: number } | undefined;
}

/** Where prices come from, and what they must satisfy. */
export interface PriceOracleConfig {
  /** The price for development; only without sources on chain. */
  fixedAttoUsd: bigint | undefined;
  chain: ChainSources | undefined;
  quorum: number;
  maxAgeMs: number;
  maxDeviationBps: number;
  keepMs: number;
  readMs: number;
  timeoutMs: number;
  historyDays: number;
}

/** @throws DeaiError `CONFIG_INVALID`. */
export function loadPriceOracleConfig(env: Env): PriceOracleConfig {
  const values = parseEnv(PRICE_ORACLE_ENV, env);
  const chain = chainOf(values);
  const fixed = values.DEAI_PRICE_USD === undefined ? undefined : parseUsd(values.DEAI_PRICE_USD);
  if (fixed === 0n) throw refuse('DEAI_PRICE_USD must be above zero; leave it out for no price');
  if (fixed !== undefined && chain) throw refuse('DEAI_PRICE_USD is for development: leave it out where sources on chain are named');
  if (values.DEAI_PRICE_READ_MS >= values.DEAI_PRICE_MAX_AGE_S * 1000) {
    throw refuse('DEAI_PRICE_READ_MS must be shorter than DEAI_PRICE_MAX_AGE_S: prices would be too old before the next reading');
  }
  return Object.freeze({
    fixedAttoUsd: fixed,
    chain,
    quorum: chain ? values.DEAI_PRICE_QUORUM : 1,
    maxAgeMs: values.DEAI_PRICE_MAX_AGE_S * 1000,
    maxDeviationBps: values.DEAI_PRICE_MAX_DEVIATION_BPS,
    keepMs: values.DEAI_PRICE_KEEP_S * 1000,
    readMs: values.DEAI_PRICE_READ_MS,
    timeoutMs: values.DEAI_PRICE_TIMEOUT_MS,
    historyDays: values.DEAI_PRICE_HISTORY_DAYS,
  });
}

function chainOf(values: Values): ChainSources | undefined {
  const ref = poolRoute(values.DEAI_PRICE_REF_EXCHANGE, values.DEAI_PRICE_REF_ROUTE, 'DEAI_PRICE_REF_ROUTE');
  const feedRoute = poolRoute(values.DEAI_PRICE_REF_EXCHANGE, values.DEAI_PRICE_FEED_ROUTE, 'DEAI_PRICE_FEED_ROUTE');
  const { DEAI_PRICE_ORACLE_CONTRACT: oracle, DEAI_PRICE_ORACLE_ASSET: asset } = values;
  const { DEAI_PRICE_PYTH_CONTRACT: pyth, DEAI_PRICE_PYTH_ID: priceId } = values;
  if ((oracle === undefined) !== (asset === undefined)) throw refuse('DEAI_PRICE_ORACLE_CONTRACT and DEAI_PRICE_ORACLE_ASSET go together');
  if ((pyth === undefined) !== (priceId === undefined)) throw refuse('DEAI_PRICE_PYTH_CONTRACT and DEAI_PRICE_PYTH_ID go together');
  const count = [ref, oracle, pyth].filter(Boolean).length;
  if (count === 0) {
    if (feedRoute) throw refuse('DEAI_PRICE_FEED_ROUTE needs a feed: DEAI_PRICE_ORACLE_CONTRACT or DEAI_PRICE_PYTH_CONTRACT');
    return undefined;
  }
  if (values.NEAR_RPC_URL === undefined) throw refuse('NEAR_RPC_URL is needed to read prices on chain');
  if (values.DEAI_PRICE_QUORUM > count) {
    throw refuse(
      `DEAI_PRICE_QUORUM is ${values.DEAI_PRICE_QUORUM}, but sources are ${count}: name more, or trust fewer with DEAI_PRICE_QUORUM=${count}`,
    );
  }
  return {
    rpcUrl: values.NEAR_RPC_URL,
    minLiquidityAttoUsd: parseUsd(values.DEAI_PRICE_REF_MIN_LIQUIDITY_USD),
    ref,
    feedRoute,
    nearOracle: oracle && asset ? { contract: oracle, asset, assetDecimals: values.DEAI_PRICE_ORACLE_DECIMALS } : undefined,
    pyth: pyth && priceId ? { contract: pyth, priceId, maxConfBps: values.DEAI_PRICE_PYTH_MAX_CONF_BPS } : undefined,
  };
}

function poolRoute(exchange: string | undefined, route: string | undefined, name: string): PoolRoute | undefined {
  if (route === undefined) return undefined;
  if (exchange === undefined) throw refuse(`${name} needs DEAI_PRICE_REF_EXCHANGE`);
  return { exchange, route: parseRoute(route) };
}

function refuse(problem: string): DeaiError {
  return new DeaiError('CONFIG_INVALID', {
    problems: [problem],
    hint: 'Correct these environment variables; .env.example lists them all.',
  });
}
