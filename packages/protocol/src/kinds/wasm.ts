import Type from 'typebox';
import { defineKind } from './kind.ts';

/**
 * A WebAssembly command in a sandbox: WASI preview 1 with standard input, output, error and arguments,
 * no files, clock, random numbers or network, so that a run can be repeated bit for bit.
 * A trap or a non-zero exit is a result, not a failure: the node did the work.
 */
export const wasm = defineKind({
  name: 'wasm',
  title: 'Sandboxed WASM job',
  unit: 'second',
  defaultModel: 'wasi-p1',
  input: Type.Object(
    {
      module: Type.String({
        minLength: 12,
        maxLength: 8_000_000,
        pattern: '^[A-Za-z0-9+/]+={0,2}$',
        description: 'base64 of the .wasm file',
      }),
      stdin: Type.Optional(Type.String({ maxLength: 4_000_000, pattern: '^[A-Za-z0-9+/]*={0,2}$', description: 'base64' })),
      args: Type.Optional(Type.Array(Type.String({ maxLength: 4_096 }), { maxItems: 64 })),
      memoryMiB: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_024 })),
      maxOutputBytes: Type.Optional(Type.Integer({ minimum: 0, maximum: 4_000_000 })),
    },
    { additionalProperties: false },
  ),
  output: Type.Object(
    {
      exitCode: Type.Integer(),
      stdout: Type.String({ description: 'base64' }),
      stderr: Type.String({ description: 'base64' }),
      trap: Type.Optional(Type.String({ maxLength: 1_000 })),
    },
    { additionalProperties: false },
  ),
  defaultTimeoutMs: 10_000,
  memoryMiB: 256,
  fixedUnits: false,
  maxUnits: (_input, timeoutMs) => Math.ceil(timeoutMs / 1000),
});
