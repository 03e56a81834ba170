import wabtInit from 'wabt';

const wabt = wabtInit();

/** Compiles WebAssembly text to its binary. Throws on a syntax or validation error. */
export async function compileWat(source: string, name = 'module.wat'): Promise<Buffer> {
  const module = (await wabt).parseWat(name, source);
  try {
    module.validate();
    return Buffer.from(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}
