/** A public key as NEAR's borsh writes it (type byte, then key), in a binary string: fit as a map key. */
export type PublicKey = string & { readonly publicKey: unique symbol };

/** What an access key permits. */
export type AccessKeyPermission =
  | { readonly kind: 'FullAccess' }
  | {
      readonly kind: 'FunctionCall';
      /** Yocto left for fees; null: no limit. */
      readonly allowance: bigint | null;
      readonly receiverId: string;
      /** Empty: any. */
      readonly methodNames: readonly string[];
    };

export interface AccessKey {
  readonly nonce: number;
  readonly permission: AccessKeyPermission;
}

/** Amounts in yocto, gas in gas. */
export type Action =
  | { readonly kind: 'CreateAccount' }
  | { readonly kind: 'DeployContract'; readonly code: Uint8Array }
  | FunctionCallAction
  | { readonly kind: 'Transfer'; readonly deposit: bigint }
  | { readonly kind: 'Stake'; readonly stake: bigint; readonly publicKey: PublicKey }
  | { readonly kind: 'AddKey'; readonly publicKey: PublicKey; readonly accessKey: AccessKey }
  | { readonly kind: 'DeleteKey'; readonly publicKey: PublicKey }
  | { readonly kind: 'DeleteAccount'; readonly beneficiaryId: string }
  | DelegateAction;

export interface FunctionCallAction {
  readonly kind: 'FunctionCall';
  readonly method: string;
  readonly args: Uint8Array;
  /** Grows when unused gas is shared by weight. */
  gas: number;
  readonly deposit: bigint;
  /** Share in the gas that the calling contract leaves; 0 if none. */
  readonly gasWeight: bigint;
}

/** A meta transaction (NEP-366): `signature` covers the rest. */
export interface DelegateAction {
  readonly kind: 'Delegate';
  readonly senderId: string;
  readonly receiverId: string;
  readonly actions: readonly Action[];
  readonly nonce: number;
  readonly maxBlockHeight: number;
  readonly publicKey: PublicKey;
  /** Type byte and signature. */
  readonly signature: Uint8Array;
  /** SHA-256 of what is signed. */
  readonly hash: Uint8Array;
}
