import { expect, test } from 'vitest';
import { loadRewardManagerConfig } from './config.ts';

test('grants nothing unless told to', () => {
  expect(loadRewardManagerConfig({})).toEqual({ startingCreditYocto: 0n, auditMs: 60_000, pricesMs: 5_000 });
});

test('reads amounts larger than a number holds', () => {
  const config = loadRewardManagerConfig({ DEAI_REWARD_STARTING_CREDIT_YOCTO: '10000000000000000000000001', DEAI_REWARD_AUDIT_MS: '100' });
  expect(config).toMatchObject({ startingCreditYocto: 10n ** 25n + 1n, auditMs: 100 });
});

test.each([{ DEAI_REWARD_STARTING_CREDIT_YOCTO: '-1' }, { DEAI_REWARD_STARTING_CREDIT_YOCTO: '1.5' }, { DEAI_REWARD_AUDIT_MS: '0' }])(
  'refuses %o',
  (env) => {
    expect(() => loadRewardManagerConfig(env)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  },
);
