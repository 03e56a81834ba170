import { createHash } from 'node:crypto';
import { DeaiError } from '@deai/protocol';
import type { HttpApp } from '@deai/service-kit';
import scalar, { type FastifyApiReferenceOptions } from '@scalar/fastify-api-reference';

const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

/** The page reads this host only, and the browser is told to hold it to that. */
function contentSecurityPolicy(html: string): string {
  const hashes = [...html.matchAll(INLINE_SCRIPT)].map(
    ([, script]) => `'sha256-${createHash('sha256').update(String(script)).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src 'self' ${hashes.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const CONFIGURATION: NonNullable<FastifyApiReferenceOptions['configuration']> = {
  pageTitle: 'DeAI API',
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  // The page's own links to its maker's site.
  customCss: 'a[href*="scalar.com"] { display: none !important; }',
  authentication: { preferredSecurityScheme: 'bearer' },
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
};

/** The API reference at `/docs`, wholly served from here: no fonts, scripts, telemetry or proxies of other hosts. */
export async function addReferencePage(app: HttpApp): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (options) => {
      options.config = { ...options.config, public: true };
    });
    scope.addHook('onRequest', async (request) => {
      // The page's redirect is built from the Host header.
      if (!URL.canParse(`${request.protocol}://${request.hostname}`)) throw new DeaiError('NOT_FOUND');
    });
    scope.addHook('onSend', async (_request, reply, payload) => {
      const type = String(reply.getHeader('content-type'));
      if (type.startsWith('text/html') && typeof payload === 'string') {
        reply.header('content-security-policy', contentSecurityPolicy(payload));
      }
      if (type.startsWith('application/javascript')) reply.header('cache-control', 'public, max-age=86400');
      return payload;
    });
    await scope.register(scalar, { routePrefix: '/docs', configuration: CONFIGURATION });
  });
}
