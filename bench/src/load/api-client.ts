import { type Dispatcher, Pool } from 'undici';

/** One answer of the API. */
export interface Answer {
  status: number;
  body: string;
}

/** Keep-alive connections to the API; the cheapest way there is, so that the generator takes little from what it measures. */
export interface ApiClient {
  post(path: string, apiKey: string, body: string, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, apiKey: string): Promise<Answer>;
  close(): Promise<void>;
}

export function createApiClient(url: string, connections: number): ApiClient {
  const pool = new Pool(url, { connections, pipelining: 1, keepAliveTimeout: 60_000 });
  return {
    post: (path, apiKey, body, headers) =>
      ask(pool, {
        path,
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
      }),
    get: (path, apiKey) => ask(pool, { path, method: 'GET', headers: { authorization: `Bearer ${apiKey}` } }),
    close: () => pool.close(),
  };
}

function ask(pool: Pool, options: Dispatcher.DispatchOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let body = '';
    pool.dispatch(options, {
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        status = statusCode;
      },
      onResponseData(_controller, chunk) {
        body += chunk.toString();
      },
      onResponseEnd: () => resolve({ status, body }),
      onResponseError: (_controller, error) => reject(error),
    });
  });
}
