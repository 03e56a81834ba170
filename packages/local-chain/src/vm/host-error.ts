/** A contract did what the chain does not allow, or panicked. `message` is nearcore's text, as it stands in the outcome. */
export class HostError extends Error {
  override name = 'HostError';
  /** Without a stack: contracts panic often, and where the chain's own code was then tells nothing. */
  constructor(message: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
  }
}

/** nearcore's text of errors without details. */
export const HOST_ERRORS = {
  GasExceeded: 'Exceeded the prepaid gas.',
  GasLimitExceeded: 'Exceeded the maximum amount of gas allowed to burn per contract.',
  BalanceExceeded: 'Exceeded the account balance.',
  MemoryAccessViolation: 'Accessed memory outside the bounds.',
  BadUTF8: 'String encoding is bad UTF-8 sequence.',
  BadUTF16: 'String encoding is bad UTF-16 sequence.',
  IntegerOverflow: 'Integer overflow.',
  InvalidAccountId: 'VM Logic returned an invalid account id',
  InvalidPublicKey: 'VM Logic provided an invalid public key',
  InvalidMethodName: 'VM Logic returned an invalid method name',
  EmptyMethodName: 'Tried to call an empty method name.',
  CannotAppendActionToJointPromise: 'Actions can only be appended to non-joint promise.',
  CannotReturnJointPromise: 'Returning joint promise is currently prohibited.',
  CannotSetRefundToOnJointPromise: 'Setting refund_to on a joint promise is prohibited.',
  DataIdMalformed: 'yield resumption token is malformed',
} as const;

/** Throws the error of that name. */
export function fail(name: keyof typeof HOST_ERRORS): never {
  throw new HostError(HOST_ERRORS[name]);
}
