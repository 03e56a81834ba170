import { DeaiError, newId, type ServiceName } from '@deai/protocol';
import { createHttpApp, createLogger, createMetrics, type HttpApp, type Service, type ServiceContext } from '@deai/service-kit';
import { createServices } from './catalogue.ts';
import { loadNetworkConfig, type NetworkConfig, type NetworkOptions } from './config.ts';
import { servicesEnv } from './embedded-env.ts';
import { observeBus } from './observed-bus.ts';
import { observeDatabase } from './observed-database.ts';
import type { OwnChain } from './own-chain.ts';
import { openPorts } from './ports.ts';
import { mountProbes } from './probes.ts';

/** Services that run in this process. */
export interface RunningNetwork {
  /** Base address of its HTTP server. */
  url: string;
  services: ServiceName[];
  dataDir: string;
  /** The chain that this process runs itself, if it does. */
  chain?: Pick<OwnChain, 'rpcUrl' | 'network'>;
  /** Stops in order: no new requests, services, ports. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts services in this process: all of them, or those asked for. They cannot tell which others run beside them.
 * @throws DeaiError `CONFIG_INVALID` and whatever keeps a service from starting; nothing is left running then.
 */
export async function runNetwork(options: NetworkOptions = {}): Promise<RunningNetwork> {
  const config = loadNetworkConfig(options);
  const logger = createLogger({ level: config.logLevel, pretty: config.pretty, ...(config.logFile ? { file: config.logFile } : {}) });
  const metrics = createMetrics({ process: true });
  const ports = await openPorts(config, logger);
  const started: Service[] = [];
  let app: HttpApp | undefined;

  const stop = once(async () => {
    logger.info('stopping');
    // Nodes and clients are told first, so that they come back to another server.
    for (const service of started.reverse()) await service.stop();
    await app?.close();
    await ports.close();
    logger.info('stopped');
  });

  try {
    const instanceId = newId();
    const { cache, objects } = ports;
    const db = observeDatabase(ports.db, metrics);
    const bus = observeBus(ports.bus, logger, metrics);
    const contextOf = (name: ServiceName): ServiceContext => ({
      instanceId,
      bus,
      db,
      cache,
      objects,
      metrics,
      logger: logger.child({ service: name }),
    });
    const services = createServices(config.services, contextOf, await servicesEnv(config, ports.chain));
    app = await createHttpApp({
      logger,
      metrics,
      bodyLimit: config.DEAI_MAX_BODY_BYTES,
      maxFrameBytes: config.DEAI_MAX_FRAME_BYTES,
      trustProxy: config.DEAI_TRUST_PROXY,
    });
    if (!config.services.includes('gateway')) mountProbes(app, services);
    for (const service of services) await service.mount?.(app);
    for (const service of services) {
      await service.start();
      started.push(service);
    }
    const url = await listen(app, config);
    logger.info({ url, services: config.services, dataDir: config.dataDir }, 'up');
    return { url, services: config.services, dataDir: config.dataDir, ...(ports.chain ? { chain: ports.chain } : {}), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listen(app: HttpApp, { DEAI_HOST: host, DEAI_PORT: port }: NetworkConfig): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const problem = code === 'EADDRINUSE' ? `port ${port} is in use` : `port ${port} may not be opened by this user`;
    throw new DeaiError(
      'CONFIG_INVALID',
      { problems: [problem], hint: 'Choose another with --port, or --port 0 for a free one.' },
      { cause: error },
    );
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
