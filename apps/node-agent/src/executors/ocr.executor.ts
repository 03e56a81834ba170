import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TaskInput } from '@deai/protocol';
import { createWorker, OEM, type Worker } from 'tesseract.js';
import { type Executor, inputRejected, type RunContext } from './executor.types.ts';
import { imageSize } from './image-size.ts';
import { measureRate } from './measure.ts';
import { SAMPLE_IMAGE } from './ocr-sample.ts';

/** Larger images would take gigabytes to unpack. */
const MAX_PIXELS = 40_000_000;

/** Printed English text from an image, by Tesseract's LSTM with the integer weights that come in a package. */
export function createOcrExecutor(): Executor {
  let worker: Worker | undefined;
  let report: ((fraction: number) => void) | undefined;

  async function recognize(image: Buffer, context?: RunContext) {
    if (!worker) throw new Error('the OCR engine is not loaded');
    report = context?.onProgress;
    try {
      const { data } = await worker.recognize(image);
      return { text: data.text, confidence: Math.max(0, Math.min(100, data.confidence)) };
    } catch (error) {
      if (/read.{0,10}image|image file/i.test(String(error)))
        throw inputRejected('The image cannot be read: send a PNG, JPEG, BMP or WebP file.');
      throw error instanceof Error ? error : new Error(String(error));
    } finally {
      report = undefined;
    }
  }

  return {
    kind: 'ocr',
    models: ['tesseract-eng'],
    async load() {
      const data = dirname(fileURLToPath(import.meta.resolve('@tesseract.js-data/eng')));
      worker = await createWorker('eng', OEM.LSTM_ONLY, {
        langPath: join(data, '4.0.0_best_int'),
        gzip: true,
        cacheMethod: 'none',
        logger: ({ status, progress }) => status === 'recognizing text' && report?.(progress),
        // Without a handler the library throws outside of any promise.
        errorHandler: () => {},
      });
    },
    async run(task, context) {
      const image = Buffer.from((task.input as TaskInput<'ocr'>).image, 'base64');
      const size = imageSize(image);
      if (size && size.width * size.height > MAX_PIXELS) {
        throw inputRejected(`The image has ${size.width}×${size.height} pixels: at most ${MAX_PIXELS} are read.`);
      }
      return { output: await recognize(image, context), units: 1 };
    },
    benchmark: () =>
      measureRate(async () => {
        await recognize(Buffer.from(SAMPLE_IMAGE, 'base64'));
        return 1;
      }),
    async unload() {
      await worker?.terminate();
      worker = undefined;
    },
  };
}
