import { useState } from 'react';
import { Field } from '../../ui/field.tsx';
import type { Upload } from './drafts.ts';

/** What a task carries at most, in bytes before base64. */
const MAX_BYTES = 5_900_000;

async function read(file: File): Promise<Upload> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return { name: file.name, base64: btoa(text) };
}

const CANVAS = { width: 760, height: 240 };
/** A picture with text, made here, for those without one at hand. */
export async function sampleImage(): Promise<Upload> {
  const canvas = Object.assign(document.createElement('canvas'), CANVAS);
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('This browser draws no pictures.');
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, CANVAS.width, CANVAS.height);
  pen.fillStyle = '#111';
  pen.font = '600 42px "DejaVu Sans", Arial, sans-serif';
  pen.fillText('CITY LIBRARY', 48, 88);
  pen.font = '30px "DejaVu Sans", Arial, sans-serif';
  pen.fillText('Open Monday to Friday', 48, 146);
  pen.fillText('from 09:00 to 18:00', 48, 192);
  return { name: 'sample.png', base64: canvas.toDataURL('image/png').split(',')[1] ?? '' };
}

/** A program that counts primes below the number on its standard input. */
export async function sampleProgram(): Promise<Upload> {
  const answer = await fetch(new URL('../../../../../examples/wasm/primes.wasm', import.meta.url));
  return await read(new File([await answer.arrayBuffer()], 'primes.wasm'));
}

interface UploadFieldProps {
  label: string;
  accept: string;
  value: Upload | undefined;
  onChange: (upload: Upload) => void;
  sample: () => Promise<Upload>;
}

/** Takes a file, or a sample. */
export function UploadField({ label, accept, value, onChange, sample }: UploadFieldProps) {
  const [problem, setProblem] = useState('');
  const take = async (from: () => Promise<Upload>) => {
    try {
      onChange(await from());
      setProblem('');
    } catch (error) {
      setProblem(`The file cannot be read: ${(error as Error).message}`);
    }
  };
  const pick = (file: File | undefined) => {
    if (!file) return;
    if (file.size > MAX_BYTES)
      setProblem(`The file has ${(file.size / 1e6).toFixed(1)} MB; ${(MAX_BYTES / 1e6).toFixed(1)} MB is the most.`);
    else void take(() => read(file));
  };
  const hint = problem || (value ? `${value.name} is ready.` : 'At most 5.9 MB.');
  return (
    <div className="stack">
      <Field label={label} hint={<span className={problem ? 'bad' : ''}>{hint}</span>}>
        {(ids) => <input className="input" type="file" accept={accept} {...ids} onChange={(event) => pick(event.target.files?.[0])} />}
      </Field>
      <div>
        <button type="button" className="btn btn-sm" onClick={() => void take(sample)}>
          Use a sample
        </button>
      </div>
    </div>
  );
}
