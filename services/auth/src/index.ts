export { createAuthService } from './app.ts';
export { AUTH_ENV, type AuthConfig, loadAuthConfig } from './config.ts';
