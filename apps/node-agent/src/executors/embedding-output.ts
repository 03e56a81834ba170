import { kindSpec, type TaskInput } from '@deai/protocol';

/** Vectors in the shape the input asks for: numbers of float32 precision, or base64 of little-endian float32. */
export function embeddingOutput(input: TaskInput<'embeddings'>, vectors: readonly (readonly number[])[]) {
  const dimensions = vectors[0]?.length ?? 0;
  return {
    output: { dimensions, vectors: input.encoding === 'base64' ? vectors.map(toBase64) : vectors.map(toNumbers) },
    units: kindSpec('embeddings').maxUnits(input, 0),
  };
}

function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, i) => {
    bytes.writeFloatLE(value, i * 4);
  });
  return bytes.toString('base64');
}

/** Nine significant digits name every float32 exactly and halve the text of a vector. */
function toNumbers(vector: readonly number[]): number[] {
  return vector.map((value) => Number(value.toPrecision(9)));
}
