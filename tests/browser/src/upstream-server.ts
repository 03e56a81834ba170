import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cleanUpAtEnd } from '@deai/testkit';

/** An OpenAI-compatible server as a node may have one: it answers every chat with the same words. */
export async function startUpstream(words: readonly string[]): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(response, words));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUpAtEnd(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

function answer(response: ServerResponse, words: readonly string[]): void {
  const send = (chunk: object) =>
    response.write(`data: ${JSON.stringify({ id: 'chat', object: 'chat.completion.chunk', choices: [], ...chunk })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  words.forEach((content, index) => {
    send({ choices: [{ index: 0, delta: { content }, finish_reason: index === words.length - 1 ? 'stop' : null }] });
  });
  send({ usage: { prompt_tokens: 12, completion_tokens: words.length, total_tokens: 12 + words.length } });
  response.end('data: [DONE]\n\n');
}
