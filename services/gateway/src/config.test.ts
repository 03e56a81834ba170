import { describe, expect, it } from 'vitest';
import { loadGatewayConfig } from './config.ts';

describe('loadGatewayConfig', () => {
  it('has defaults for everything, and they limit callers and keep other origins out', () => {
    const config = loadGatewayConfig({});
    expect(config).toMatchObject({ corsOrigins: [], maxBodyBytes: 16_777_216, openaiTimeoutMs: 120_000 });
    expect(config.rateLimitPerMinute).toBeGreaterThan(0);
    expect(config.authRateLimitPerMinute).toBeGreaterThan(0);
    expect(config).not.toHaveProperty('publicUrl');
  });

  it('reads lists of origins', () => {
    expect(loadGatewayConfig({ DEAI_GATEWAY_CORS_ORIGINS: 'https://a.example, https://b.example' }).corsOrigins).toEqual([
      'https://a.example',
      'https://b.example',
    ]);
  });

  it.each([{ DEAI_GATEWAY_PUBLIC_URL: 'ftp://x' }, { DEAI_GATEWAY_PUBLIC_URL: 'https://x/path' }, { DEAI_GATEWAY_RATE_LIMIT: '-1' }])(
    'refuses %j',
    (env) => {
      expect(() => loadGatewayConfig(env)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    },
  );
});
