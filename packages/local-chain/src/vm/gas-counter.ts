import { fail } from './host-error.ts';
import { ACTION_FEES, type ActionFeeName, WASM_COSTS } from './parameters.ts';

const OP_COST = WASM_COSTS.regular_op_cost;

/**
 * Gas of one call, in gas units. Numbers are exact: all sums stay below 2^53. The instructions a contract runs are counted in a
 * WebAssembly global, which `enter` settles and `leave` refills, so that no instruction calls into JavaScript.
 */
export class GasCounter {
  /** Gas gone for good. */
  burnt = 0;
  /** Gas promised to outgoing receipts. */
  promised = 0;
  private readonly prepaid: number;
  private readonly maxBurnt: number;
  private limit: number;
  private ops: WebAssembly.Global | undefined;
  private granted = 0;

  /** @param prepaid - gas attached to the call; for views Infinity */
  constructor(prepaid: number, maxBurnt: number) {
    this.prepaid = prepaid;
    this.maxBurnt = maxBurnt;
    this.limit = Math.min(prepaid, maxBurnt);
  }

  /** Burnt and promised. */
  get used(): number {
    return this.burnt + this.promised;
  }

  /** Gas that would still be there for receipts with a gas weight. */
  get unused(): number {
    return this.prepaid - this.used;
  }

  /** Starts counting instructions in `ops`. */
  attach(ops: WebAssembly.Global): void {
    this.ops = ops;
    this.leave();
  }

  /** The contract's instructions up to here are burnt. @throws HostError if it had no gas for them */
  enter(): void {
    if (this.ops === undefined) return;
    const spent = this.granted - this.ops.value;
    this.granted -= spent;
    this.burn(spent * OP_COST);
  }

  /** Lets the contract go on with what gas is left. */
  leave(): void {
    if (this.ops === undefined) return;
    this.granted = Math.floor((this.limit - this.burnt) / OP_COST);
    this.ops.value = this.granted;
  }

  burn(gas: number): void {
    const burnt = this.burnt + gas;
    if (burnt > this.limit) this.exceed(burnt, burnt + this.promised);
    this.burnt = burnt;
  }

  /** Burns one fee, or one for each unit. */
  pay(cost: keyof typeof WASM_COSTS, units = 1): void {
    this.burn(WASM_COSTS[cost] * units);
  }

  /** Fees of an action that is sent: the sending part is burnt, the execution part promised. */
  payAction(action: ActionFeeName, sir: boolean, units = 1): void {
    const fee = ACTION_FEES[action];
    const send = (sir ? fee.send_sir : fee.send_not_sir) * units;
    this.deduct(send, send + fee.execution * units);
  }

  /** Gas attached to an outgoing call. */
  prepay(gas: number): void {
    this.deduct(0, gas);
  }

  /** @param used - includes `burnt` */
  deduct(burnt: number, used: number): void {
    const newBurnt = this.burnt + burnt;
    const newPromised = this.promised + used - burnt;
    if (newBurnt > this.maxBurnt || newBurnt + newPromised > this.prepaid) this.exceed(newBurnt, newBurnt + newPromised);
    this.burnt = newBurnt;
    this.promised = newPromised;
    this.limit = Math.min(this.maxBurnt, this.prepaid - newPromised);
  }

  private exceed(burnt: number, used: number): never {
    const hardLimit = Math.min(this.prepaid, this.maxBurnt);
    this.burnt = Math.min(burnt, hardLimit);
    this.promised = Math.max(0, Math.min(this.prepaid, used) - this.burnt);
    this.ops = undefined;
    return fail(burnt > this.maxBurnt ? 'GasLimitExceeded' : 'GasExceeded');
  }
}
