import type { StateChangeView } from '../chain.types.ts';
import type { StateWrite } from '../store.types.ts';
import type { AccessKey, PublicKey } from './action.types.ts';
import { decodeTagged, encodeTagged } from './tagged-json.ts';

/** Amounts in yocto. Replaced as a whole on every change. */
export interface Account {
  readonly amount: bigint;
  readonly locked: bigint;
  /** Base58; `NO_CODE` without a contract. */
  readonly codeHash: string;
  /** Bytes. */
  readonly storageUsage: number;
}

/** Hash that an account without contract shows. */
export const NO_CODE = '11111111111111111111111111111111';

/** What a change belongs to. */
export type Cause = StateChangeView['cause'];

interface Values {
  account: Account;
  accessKey: AccessKey;
  code: Uint8Array;
  data: Uint8Array;
  /** What the chain itself remembers; `accountId` is empty. */
  record: unknown;
}
type Kind = keyof Values;

/** One change, with what it takes to undo it. Absent values are undefined. */
export interface Change<K extends Kind = Kind> {
  readonly kind: K;
  readonly accountId: string;
  /** Public key, storage key or record name; empty for accounts and code. */
  readonly key: string;
  readonly old: Values[K] | undefined;
  readonly value: Values[K] | undefined;
  readonly cause: Cause;
}

const PREFIXES: Readonly<Record<Kind, string>> = { account: 'a', accessKey: 'k', code: 'c', data: 'd', record: 'm' };
const KINDS = new Map(Object.entries(PREFIXES).map(([kind, prefix]) => [prefix, kind as Kind]));

function encode(value: Values[Kind]): Uint8Array {
  return value instanceof Uint8Array ? value : encodeTagged(value);
}

/** All state, in memory, with a journal of what changed since the last block: to undo it, to store it, to show it. */
export class State {
  private readonly tables: { readonly [K in Kind]: Map<string, Map<string, Values[K]>> } = {
    account: new Map(),
    accessKey: new Map(),
    code: new Map(),
    data: new Map(),
    record: new Map(),
  };
  private journal: Change[] = [];
  /** What the next changes belong to. */
  cause: Cause = { type: 'initial_state' };

  get<K extends Kind>(kind: K, accountId: string, key = ''): Values[K] | undefined {
    return this.tables[kind].get(accountId)?.get(key);
  }

  /** Undefined removes. */
  set<K extends Kind>(kind: K, accountId: string, key: string, value: Values[K] | undefined): void {
    const old = this.get(kind, accountId, key);
    if (old === undefined && value === undefined) return;
    this.journal.push({ kind, accountId, key, old, value, cause: this.cause });
    this.put(kind, accountId, key, value);
  }

  private put<K extends Kind>(kind: K, accountId: string, key: string, value: Values[K] | undefined): void {
    const table = this.tables[kind];
    let entries = table.get(accountId);
    if (value !== undefined) {
      if (entries === undefined) {
        entries = new Map();
        table.set(accountId, entries);
      }
      entries.set(key, value);
    } else if (entries?.delete(key) && entries.size === 0) {
      table.delete(accountId);
    }
  }

  account(accountId: string): Account | undefined {
    return this.get('account', accountId);
  }

  setAccount(accountId: string, account: Account | undefined): void {
    this.set('account', accountId, '', account);
  }

  accessKey(accountId: string, key: PublicKey): AccessKey | undefined {
    return this.get('accessKey', accountId, key);
  }

  record<T>(name: string): T | undefined {
    return this.get('record', '', name) as T | undefined;
  }

  setRecord(name: string, value: unknown): void {
    this.set('record', '', name, value);
  }

  /** Keys and values of one kind of an account. */
  entries<K extends Kind>(kind: K, accountId: string): ReadonlyMap<string, Values[K]> {
    return this.tables[kind].get(accountId) ?? new Map();
  }

  accountIds(): IterableIterator<string> {
    return this.tables.account.keys();
  }

  /** Removes an account with all that belongs to it. */
  removeAccount(accountId: string): void {
    for (const kind of ['data', 'accessKey', 'code', 'account'] as const) {
      for (const key of [...this.entries(kind, accountId).keys()]) this.set(kind, accountId, key, undefined);
    }
  }

  /** A point to come back to with `rollback`. */
  checkpoint(): number {
    return this.journal.length;
  }

  rollback(checkpoint: number): void {
    for (let index = this.journal.length - 1; index >= checkpoint; index--) {
      const { kind, accountId, key, old } = this.journal[index] as Change;
      this.put(kind, accountId, key, old as never);
    }
    this.journal.length = checkpoint;
  }

  /** Hands over the journal of a block and begins the next one. */
  takeJournal(): Change[] {
    const journal = this.journal;
    this.journal = [];
    return journal;
  }

  /** The last value of everything that the journal touches, for the store. */
  writes(journal: readonly Change[]): StateWrite[] {
    const writes = new Map<string, StateWrite>();
    for (const { kind, accountId, key } of journal) {
      const name = `${PREFIXES[kind]}/${accountId}/${key}`;
      if (writes.has(name)) continue;
      const value = this.get(kind, accountId, key);
      writes.set(name, { key: name, value: value === undefined ? null : encode(value) });
    }
    return [...writes.values()];
  }

  /** Takes in what a store has. */
  load(entries: Iterable<{ readonly key: string; readonly value: Uint8Array }>): void {
    for (const { key: name, value } of entries) {
      const kind = KINDS.get(name.slice(0, 1));
      const slash = name.indexOf('/', 2);
      if (kind === undefined || slash < 0) throw new Error(`the store holds an entry of another program: ${name.slice(0, 40)}`);
      const raw = kind === 'code' || kind === 'data';
      this.put(kind, name.slice(2, slash), name.slice(slash + 1), (raw ? value : decodeTagged(value)) as never);
    }
  }
}
