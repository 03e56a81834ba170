import { parentPort } from 'node:worker_threads';
import { createWasi, ProgramEnd } from './wasi.ts';
import { WASI_FUNCTIONS, WASI_MODULE } from './wasi-names.ts';
import type { WasmJob, WasmOutcome } from './wasm-messages.ts';
import { type WasmMemory, type WasmModule, wasmApi } from './web-assembly.ts';

/** Exit code of a program that trapped: what a shell shows for an aborted process. */
const TRAP_EXIT_CODE = 134;

parentPort?.once('message', (job: WasmJob) => {
  parentPort?.postMessage(run(job));
});
parentPort?.postMessage('ready');

function run(job: WasmJob): WasmOutcome {
  const begin = performance.now();
  const seconds = () => (performance.now() - begin) / 1000;
  const module = compile(job.module);
  const problem = typeof module === 'string' ? module : importProblem(module);
  if (typeof module === 'string' || problem) return { type: 'rejected', message: problem ?? 'unusable module' };

  let memory: WasmMemory | undefined;
  const wasi = createWasi({
    ...job,
    memory: () => {
      if (!memory) throw new RangeError('the module exports no memory');
      return memory;
    },
  });
  const trap = execute(module, wasi.functions, (exported) => {
    memory = exported;
  });
  if (trap?.rejected) return { type: 'rejected', message: trap.message };
  if (wasi.overflowed) return { type: 'overflow', seconds: seconds() };
  const exitCode = wasi.exitCode ?? (trap ? TRAP_EXIT_CODE : 0);
  const trapText = wasi.exitCode === undefined && trap ? { trap: trap.message } : {};
  return { type: 'ended', exitCode, stdout: wasi.stdout(), stderr: wasi.stderr(), ...trapText, seconds: seconds() };
}

function compile(bytes: Uint8Array): WasmModule | string {
  try {
    return new wasmApi.Module(bytes);
  } catch (error) {
    return `The module does not compile: ${textOf(error)}`;
  }
}

function importProblem(module: WasmModule): string | undefined {
  const unknown = wasmApi.Module.imports(module).find(
    (item) => item.module !== WASI_MODULE || item.kind !== 'function' || !WASI_FUNCTIONS.has(item.name),
  );
  if (unknown) return `The module imports ${unknown.kind} ${unknown.module}.${unknown.name}, which the sandbox does not offer.`;
  const start = wasmApi.Module.exports(module).find((item) => item.name === '_start');
  return start?.kind === 'function' ? undefined : 'The module exports no function _start.';
}

function execute(module: WasmModule, functions: object, onMemory: (memory: WasmMemory) => void) {
  try {
    const instance = new wasmApi.Instance(module, { [WASI_MODULE]: functions });
    if (instance.exports.memory instanceof wasmApi.Memory) onMemory(instance.exports.memory);
    (instance.exports._start as () => void)();
    return undefined;
  } catch (error) {
    if (error instanceof ProgramEnd) return undefined;
    return { rejected: error instanceof wasmApi.LinkError || error instanceof TypeError, message: trapText(error) };
  }
}

/** The trap in words that do not depend on the machine. */
function trapText(error: unknown): string {
  if (error instanceof RangeError && /call stack/i.test(error.message)) return 'stack overflow';
  if (error instanceof wasmApi.RuntimeError || error instanceof wasmApi.LinkError) return error.message.slice(0, 1_000);
  return `uncaught exception: ${textOf(error)}`.slice(0, 1_000);
}

function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : 'unknown').slice(0, 500);
}
