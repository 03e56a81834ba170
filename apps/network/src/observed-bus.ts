import { type Bus, requestContext } from '@deai/bus';
import { type CommandName, DeaiError, newId } from '@deai/protocol';
import type { Logger, Metrics } from '@deai/service-kit';

/** Commands that services ask of themselves every second: their log lines would hide the others. */
const QUIET = new Set<CommandName>(['service.health', 'tasks.stats', 'nodes.stats', 'tasks.heldTotal', 'tasks.ping', 'nodes.ping']);

/**
 * The bus, with every command timed and logged under its request id: refusals at info, failures at error, the rest at debug.
 * A command outside any request starts a request id of its own.
 */
export function observeBus(bus: Bus, logger: Logger, metrics: Metrics): Bus {
  const seconds = metrics.histogram('deai_command_seconds', 'Duration of commands, as the caller sees them', ['command', 'outcome']);

  function told(command: CommandName, begun: number, error?: unknown): void {
    const ms = performance.now() - begun;
    const outcome = error === undefined ? 'ok' : error instanceof DeaiError ? error.code : 'INTERNAL';
    seconds.observe({ command, outcome }, ms / 1000);
    if (outcome === 'INTERNAL') logger.error({ command, ms: Math.round(ms), err: error }, 'command failed');
    else if (error) logger.info({ command, ms: Math.round(ms), code: outcome }, 'command refused');
    else if (!QUIET.has(command) && logger.isLevelEnabled('debug')) logger.debug({ command, ms: Math.round(ms) }, 'command');
  }
  const request: Bus['request'] = async (name, input, options) => {
    const begun = performance.now();
    try {
      const answer = await bus.request(name, input, options);
      told(name, begun);
      return answer;
    } catch (error) {
      told(name, begun, error);
      throw error;
    }
  };

  return {
    ...bus,
    request: (name, input, options) =>
      requestContext.getStore()
        ? request(name, input, options)
        : requestContext.run({ requestId: newId() }, () => request(name, input, options)),
  };
}
