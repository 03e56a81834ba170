export { createRewardManager } from './app.ts';
export { loadRewardManagerConfig, REWARD_MANAGER_ENV, type RewardManagerConfig } from './config.ts';
