export { createGateway, type GatewayContext } from './app.ts';
export { GATEWAY_ENV, type GatewayConfig, loadGatewayConfig } from './config.ts';
