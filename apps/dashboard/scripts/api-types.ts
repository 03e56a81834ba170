import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';

/**
 * The types of the API as its OpenAPI document has them: `src/api/generated/types.gen.ts`. The generator works by the API of
 * TypeScript's earlier compiler, which version 7 has not: this workspace has one of its own for it, by an override in the root's package.json.
 * @param document the document, as text
 */
export async function apiTypes(document: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'deai-api-types-'));
  try {
    await createClient({
      input: JSON.parse(document) as Record<string, unknown>,
      output: { path: folder },
      plugins: ['@hey-api/typescript'],
      logs: { level: 'silent', file: false },
    });
    return readFileSync(join(folder, 'types.gen.ts'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
