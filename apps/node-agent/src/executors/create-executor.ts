import type { ExecutorSpec } from './executor.spec.ts';
import type { Executor } from './executor.types.ts';

/** Builds the executor of a spec, importing only what that one needs. */
export async function createExecutor(spec: ExecutorSpec): Promise<Executor> {
  switch (spec.type) {
    case 'use-lite':
      return (await import('./embeddings.executor.ts')).createEmbeddingsExecutor();
    case 'tesseract':
      return (await import('./ocr.executor.ts')).createOcrExecutor();
    case 'fasttext':
      return (await import('./language-id.executor.ts')).createLanguageIdExecutor();
    case 'wasm':
      return (await import('./wasm.executor.ts')).createWasmExecutor(spec);
    case 'upstream':
      return (await import('./upstream.executor.ts')).createUpstreamExecutor(spec);
    case 'gguf':
      return (await import('./gguf.executor.ts')).createGgufExecutor(spec);
  }
}
