import type { HistoryWrite } from '../../store.types.ts';

/**
 * History values that are not on disk yet, which a chain reads as soon as it has sent them, and the newest of the others: outcomes are
 * asked for right after their block.
 */
export class RecentHistory {
  private readonly limitBytes: number;
  private readonly entries = new Map<string, { readonly value: Uint8Array; onDisk: boolean }>();
  private bytes = 0;

  /** @param limitBytes - of values on disk that are kept; what is not on disk is kept in any case */
  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get(key: string): Uint8Array | undefined {
    return this.entries.get(key)?.value;
  }

  add(writes: readonly HistoryWrite[]): void {
    for (const { key, value } of writes) {
      // Newest last.
      this.drop(key);
      this.entries.set(key, { value, onDisk: false });
      this.bytes += value.length;
    }
  }

  /** These writes are on disk now. */
  written(writes: readonly HistoryWrite[]): void {
    for (const { key, value } of writes) {
      const entry = this.entries.get(key);
      if (entry?.value === value) entry.onDisk = true;
    }
    for (const [key, { onDisk }] of this.entries) {
      if (this.bytes <= this.limitBytes || !onDisk) return;
      this.drop(key);
    }
  }

  private drop(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.bytes -= entry.value.length;
  }
}
