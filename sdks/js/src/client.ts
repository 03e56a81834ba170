import type { ClientOptions, Tokens } from './options.ts';
import { type AdminApi, createAdminApi } from './resources/admin.ts';
import { type AuthApi, createAuthApi } from './resources/auth.ts';
import { createNetworkApi, type NetworkApi } from './resources/network.ts';
import { createNodesApi, type NodesApi } from './resources/nodes.ts';
import { createSettlementApi, type SettlementApi } from './resources/settlement.ts';
import { createTasksApi, type TasksApi } from './resources/tasks.ts';
import type { Run } from './resources/tasks.types.ts';
import { createUserApi, type UserApi } from './resources/user.ts';
import { createTransport, type Transport } from './transport.ts';
import { type WatchEvent, type WatchOptions, watch } from './watch.ts';

/**
 * Client of a DeAI network, for Node ≥ 22 and browsers. Calls reject with `DeaiApiError`, or with the reason of their `signal`.
 * @throws TypeError when `baseUrl` is not an http or https address.
 */
export class DeaiClient {
  readonly auth: AuthApi;
  readonly tasks: TasksApi;
  readonly nodes: NodesApi;
  readonly user: UserApi;
  readonly network: NetworkApi;
  readonly settlement: SettlementApi;
  readonly admin: AdminApi;
  /** Submits a task and waits for its output: the same as `tasks.run`. */
  readonly run: Run;
  readonly #transport: Transport;
  readonly #WebSocket: typeof globalThis.WebSocket;

  constructor(options: ClientOptions) {
    const transport = createTransport(options);
    this.#transport = transport;
    this.#WebSocket = options.WebSocket ?? globalThis.WebSocket;
    this.auth = createAuthApi(transport);
    this.tasks = createTasksApi(transport);
    this.nodes = createNodesApi(transport);
    this.user = createUserApi(transport);
    this.network = createNetworkApi(transport);
    this.settlement = createSettlementApi(transport);
    this.admin = createAdminApi(transport);
    this.run = this.tasks.run;
  }

  /** Tokens of the session at the moment. */
  get tokens(): Tokens | undefined {
    return this.#transport.session.tokens();
  }

  /** Events as they happen, over reconnects, until the signal or a `break`. See {@link WatchOptions}. */
  watch(options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
    return watch(this.#transport, this.#WebSocket, options);
  }
}
