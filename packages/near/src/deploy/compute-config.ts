const DEAI = 10n ** 24n;
const MINUTE_MS = 60_000;

/** Settings of the compute contract, as `new` takes them (contracts/deai-compute/src/config.rs). Amounts in yocto, times in ms. */
export interface ComputeConfig {
  min_stake: string;
  min_bond: string;
  challenge_bounty: string;
  cooldown_ms: number;
  challenge_ms: number;
  notice_ms: number;
  exit_ms: number;
  appeal_ms: number;
  resolve_ms: number;
  lease_ms: number;
  task_keep_ms: number;
  batch_keep_ms: number;
  upgrade_delay_ms: number;
  fee_bps: number;
  equivocation_bps: number;
  reporter_bps: number;
}

/** For development: waits that a person can sit through. A network with money in it needs hours where this has seconds. */
export const DEVELOPMENT_CONFIG: ComputeConfig = {
  min_stake: (100n * DEAI).toString(),
  min_bond: (50n * DEAI).toString(),
  challenge_bounty: (20n * DEAI).toString(),
  cooldown_ms: 10_000,
  challenge_ms: 2_000,
  notice_ms: 2_000,
  exit_ms: MINUTE_MS,
  appeal_ms: MINUTE_MS,
  resolve_ms: 5 * MINUTE_MS,
  lease_ms: 5 * MINUTE_MS,
  task_keep_ms: 60 * MINUTE_MS,
  batch_keep_ms: 60 * MINUTE_MS,
  upgrade_delay_ms: 2 * MINUTE_MS,
  fee_bps: 500,
  equivocation_bps: 10_000,
  reporter_bps: 1_000,
};
