import type { ActionErrorKind } from '../errors.types.ts';
import type { CallOutcome, PromiseResult } from '../vm/vm.types.ts';
import type { BlockEnvironment } from './environment.ts';
import { type ActionReceipt, IdSource } from './receipt.ts';
import type { Account } from './state.ts';

/** What a receipt returned, after its last action. */
export type Returned =
  | Exclude<CallOutcome['returned'], { kind: 'receipt' }>
  | { readonly kind: 'receipt'; readonly receipt: ActionReceipt };

/** The execution of one receipt: what its actions share and add up. */
export class ReceiptRun {
  readonly env: BlockEnvironment;
  readonly receipt: ActionReceipt;
  readonly inputs: readonly PromiseResult[];
  readonly ids: IdSource;
  /** In whose name the next action is: the predecessor, or the account itself once it is created here. */
  actorId: string;
  gasBurnt = 0;
  /** With what outgoing receipts will need. */
  gasUsed = 0;
  /** Of `gasBurnt`, what contracts burnt. */
  contractGas = 0;
  readonly logs: string[] = [];
  newReceipts: ActionReceipt[] = [];
  /** Data for yielded promises, by id. */
  resumed: { readonly dataId: string; readonly payload: Uint8Array }[] = [];
  returned: Returned = { kind: 'none' };
  private yields = 0;

  constructor(env: BlockEnvironment, receipt: ActionReceipt, inputs: readonly PromiseResult[]) {
    this.env = env;
    this.receipt = receipt;
    this.inputs = inputs;
    this.ids = new IdSource(receipt.id, env.height);
    this.actorId = receipt.predecessorId;
  }

  get accountId(): string {
    return this.receipt.receiverId;
  }

  get account(): Account | undefined {
    return this.env.state.account(this.accountId);
  }

  /** The account, where existence was checked. */
  get existing(): Account {
    const { account } = this;
    if (account === undefined) throw new Error(`account ${this.accountId} is gone in the middle of an action`);
    return account;
  }

  update(change: Partial<Account>): void {
    this.env.state.setAccount(this.accountId, { ...this.existing, ...change });
  }

  burn(gas: number): void {
    this.gasBurnt += gas;
    this.gasUsed += gas;
  }

  /** A name for the next yielded promise's data. */
  nextYieldSeed(): string {
    return `${this.receipt.id}/${this.env.height}/yield/${this.yields++}`;
  }
}

/** Applies one action; answers what went wrong. */
export type Apply<A> = (run: ReceiptRun, action: A, isLast: boolean) => ActionErrorKind | undefined;
