import { type Env, parseEnv } from '@deai/service-kit';
import Type from 'typebox';

const Ms = (description: string, standard: number) => Type.Integer({ minimum: 10, maximum: 86_400_000, default: standard, description });

export const REWARD_MANAGER_ENV = Type.Object({
  DEAI_REWARD_STARTING_CREDIT_YOCTO: Type.String({
    pattern: '^[0-9]{1,48}$',
    default: '0',
    description: 'yocto-DEAI that a new account is granted',
  }),
  DEAI_REWARD_AUDIT_MS: Ms('between two audits of the ledger', 60_000),
  DEAI_REWARD_PRICES_MS: Ms('how often a new price list is looked for', 5_000),
});

/** How accounts are opened and the ledger is watched. */
export interface RewardManagerConfig {
  /** Granted once, when an account is opened. */
  startingCreditYocto: bigint;
  /** From the end of one audit to the next. */
  auditMs: number;
  /** Between two looks for a new price list. */
  pricesMs: number;
}

/** @throws DeaiError `CONFIG_INVALID`. */
export function loadRewardManagerConfig(env: Env): RewardManagerConfig {
  const values = parseEnv(REWARD_MANAGER_ENV, env);
  return Object.freeze({
    startingCreditYocto: BigInt(values.DEAI_REWARD_STARTING_CREDIT_YOCTO),
    auditMs: values.DEAI_REWARD_AUDIT_MS,
    pricesMs: values.DEAI_REWARD_PRICES_MS,
  });
}
