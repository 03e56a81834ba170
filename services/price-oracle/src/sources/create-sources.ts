import type { PriceSourceLabel } from '@deai/protocol';
import type { PriceOracleConfig } from '../config.ts';
import type { PriceSource } from '../domain/ports.ts';
import { createTokenDecimals } from '../near/token-decimals.ts';
import { createReadingView } from '../near/view.ts';
import { createFixedSource } from './fixed.source.ts';
import { createNearOracleSource } from './near-oracle.source.ts';
import { createPythSource } from './pyth.source.ts';
import { createRefSource } from './ref.source.ts';
import { throughRoute } from './through-route.source.ts';

/** The sources that the configuration names, and what a price of theirs is called. */
export function createSources(config: PriceOracleConfig): { sources: PriceSource[]; label: PriceSourceLabel } {
  const { chain, fixedAttoUsd } = config;
  if (!chain) return { sources: fixedAttoUsd === undefined ? [] : [createFixedSource(fixedAttoUsd)], label: 'fixed' };
  const { ref, nearOracle, pyth, feedRoute, minLiquidityAttoUsd } = chain;
  const view = createReadingView({ url: chain.rpcUrl, timeoutMs: config.timeoutMs });
  const decimals = createTokenDecimals(view);
  const pools = { view, decimals, minLiquidityAttoUsd };
  const feeds: PriceSource[] = [
    ...(nearOracle ? [createNearOracleSource({ view, decimals, ...nearOracle })] : []),
    ...(pyth ? [createPythSource({ view, ...pyth })] : []),
  ];
  const priced = feedRoute ? feeds.map((feed) => throughRoute(feed, { ...pools, ...feedRoute })) : feeds;
  return { sources: [...(ref ? [createRefSource({ ...pools, ...ref })] : []), ...priced], label: 'median' };
}
