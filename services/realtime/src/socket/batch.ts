const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

/** How many frames from `start` go into one message: those within `maxBytes`, and one at least. */
export function lengthOfBatch(frames: readonly Buffer[], start: number, maxBytes: number): number {
  let bytes = 0;
  let end = start;
  while (end < frames.length) {
    bytes += (frames[end] as Buffer).length + 1;
    if (bytes > maxBytes && end > start) break;
    end++;
  }
  return end - start;
}

/** Frames as one JSON array. */
export function joinFrames(frames: readonly Buffer[]): Buffer {
  return Buffer.concat([OPEN, ...frames.flatMap((frame, i) => (i === 0 ? [frame] : [COMMA, frame])), CLOSE]);
}
