export {
  call,
  encodeTransaction,
  failureOf,
  gasOf,
  keyOf,
  NEAR,
  send,
  type TestKey,
  type TestTransaction,
  TGAS,
  testClock,
  textOf,
} from './runtime/fixtures/transactions.fixture.ts';
export * from './testing/deai-contracts.ts';
export * from './testing/send-many.ts';
