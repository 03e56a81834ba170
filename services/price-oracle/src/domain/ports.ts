import type { SourcePrice } from '@deai/protocol';

/** What a source says of one whole token. */
export interface PriceReading {
  /** 10⁻¹⁸ US dollars. */
  priceAttoUsd: bigint;
  /** When it was true, as the source says, in ms since the epoch. */
  atMs: number;
}

/** Somebody who knows the price of the token. */
export interface PriceSource {
  readonly name: string;
  /**
   * @param signal ends the reading; it then rejects.
   * @throws ReadError saying why there is no price: away, malformed, too thin, too uncertain.
   */
  read(signal: AbortSignal): Promise<PriceReading>;
}

/** A source gave no price. Its message is shown to everybody: no addresses, no credentials. */
export class ReadError extends Error {
  override name = 'ReadError';
}

/** An accepted price. */
export interface StoredPrice extends PriceReading {
  sources: SourcePrice[];
}

/** The history of accepted prices. */
export interface PriceStore {
  /** Keeps one price an interval, that of the time of acceptance: a second one in the same interval is left out. */
  add(price: StoredPrice, intervalMs: number, acceptedAtMs?: number): Promise<void>;
  /** The price accepted last. */
  last(): Promise<StoredPrice | undefined>;
  /** Deletes what is older; returns the number of rows. */
  deleteOlder(days: number): Promise<number>;
}
