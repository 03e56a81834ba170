import { ERRORS } from '@deai/protocol';

/** docs/errors.md: the registry as a table. */
export function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, e]) => `| \`${code}\` | ${e.status} | ${e.retryable ? 'yes' : 'no'} | ${e.message} |`);
  return `# Errors

Every refusal has this shape, over HTTP and in frames; under \`/v1\` it is OpenAI's instead:

\`\`\`json
{ "error": { "code": "TASK_NOT_FOUND", "message": "There is no such task.", "details": {}, "requestId": "…" } }
\`\`\`

\`code\` is stable: never renamed, never reused. \`details.hint\`, where there is one, says what to do. *Retryable* means
that the same request may succeed later; with 429, 503 and 504 the header \`Retry-After\` says when. Generated from
\`packages/protocol/src/errors.ts\`.

| code | status | retryable | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}
