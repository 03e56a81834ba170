/** One run, as the worker gets it. `module` has been through `limitModule`. */
export interface WasmJob {
  module: Uint8Array;
  stdin: Uint8Array;
  args: string[];
  maxOutputBytes: number;
}

/** How a run ended. `seconds` counts from the start of compilation. */
export type WasmOutcome =
  | { type: 'ended'; exitCode: number; stdout: Uint8Array; stderr: Uint8Array; trap?: string; seconds: number }
  | { type: 'overflow'; seconds: number }
  | { type: 'rejected'; message: string };
