/**
 * Immutable bytes by content: the key of an object is the hex SHA-256 of its bytes, so a write can be repeated
 * and a read can be checked.
 */
export interface ObjectStore {
  /** Stores bytes durably and returns their key. Storing the same bytes again changes nothing. */
  put(bytes: Uint8Array): Promise<string>;
  /** The bytes, checked against the key; `undefined` when there are none. @throws when the stored bytes do not match. */
  get(key: string): Promise<Uint8Array | undefined>;
  has(key: string): Promise<boolean>;
  /** Removing what is not there is no error. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}
