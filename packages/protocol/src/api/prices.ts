import Type, { type Static } from 'typebox';
import { Timestamp } from '../wire/common.ts';
import { Nullable, OneOf } from './common.ts';

/** A price or an amount in US dollars as decimal text. Information: what is owed is always in yocto-DEAI. */
export const UsdAmount = Type.String({ pattern: '^[0-9]{1,48}(\\.[0-9]{1,42})?$', maxLength: 96, description: 'US dollars, decimal' });

/** How a price came about: `median` of several sources, or `fixed` by the configuration, for development. */
export const PRICE_SOURCES = ['median', 'fixed'] as const;
export type PriceSourceLabel = (typeof PRICE_SOURCES)[number];

/** Why a source's answer is no part of the price. */
export const LEFT_OUT_REASONS = ['unreadable', 'invalid', 'stale', 'deviates'] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

/** What one source last said. */
export const SourcePrice = Type.Object({
  name: Type.String(),
  used: Type.Boolean(),
  usd: Nullable(UsdAmount),
  /** When the price was true, as the source says. */
  at: Nullable(Timestamp),
  ageS: Nullable(Type.Number()),
  reason: Nullable(OneOf(LEFT_OUT_REASONS)),
  explanation: Nullable(Type.String()),
});
export type SourcePrice = Static<typeof SourcePrice>;

/** The price of one whole token: the last good one, with its age, and what each source said last. */
export const TokenPrice = Type.Object({
  symbol: Type.String(),
  /** `null` when there is none, or when the last good one is too old to tell. */
  usd: Nullable(UsdAmount),
  source: Nullable(OneOf(PRICE_SOURCES)),
  at: Nullable(Timestamp),
  ageS: Nullable(Type.Number()),
  /** The price is older than prices may be: shown, but nothing is decided by it. */
  stale: Type.Boolean(),
  /** Sources that must agree for a new price. */
  quorum: Type.Integer(),
  sources: Type.Array(SourcePrice),
});
export type TokenPrice = Static<typeof TokenPrice>;

/** What an amount is worth, for people to read. */
export const UsdValue = Type.Object({
  amount: UsdAmount,
  priceAgeS: Type.Integer({ minimum: 0 }),
  source: OneOf(PRICE_SOURCES),
});
export type UsdValue = Static<typeof UsdValue>;
