export { createGateway, type GatewayContext } from './app.ts';
export { type GatewayConfig, loadGatewayConfig } from './config.ts';
