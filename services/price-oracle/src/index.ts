export { createPriceOracle } from './app.ts';
export { loadPriceOracleConfig, PRICE_ORACLE_ENV, type PriceOracleConfig } from './config.ts';
