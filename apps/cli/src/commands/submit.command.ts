import type { TaskRequest } from '@deai/protocol';
import { type Command, Option } from 'commander';
import { usageError } from '../cli-error.ts';
import type { Cli } from '../context.ts';
import { examples } from '../help.ts';
import { durationMs, numberBetween, pair, tokenAmount, wholeNumber } from '../input/arguments.ts';
import { readBatch } from '../input/batch.ts';
import { hasInput, readTaskInput } from '../input/task-input.ts';
import { renderQuote } from '../output/task.output.ts';
import { submitBatch } from './submit-batch.ts';
import type { SubmitFlags } from './submit-flags.ts';
import { submitOne } from './submit-one.ts';

/** `submit <kind>`. */
export function addSubmitCommand(program: Command, cli: Cli): void {
  const command = program
    .command('submit')
    .description('submit work, and wait for its result')
    .argument('<kind>', 'kind of work: embeddings, ocr, language-id, wasm, chat, or any other of the network');
  inputOptions(command);
  taskOptions(command);
  command.action((kind: string, flags: SubmitFlags) => submit(cli, kind, flags));
  examples(command, [
    ['deai submit embeddings --text "first text" --text "second text"'],
    ['deai submit language-id --text @letter.txt --top 3'],
    ['deai submit ocr --image page.png'],
    ['deai submit wasm --module job.wasm --stdin data.csv --arg=--fast'],
    ['deai submit chat --model llama-3 --message "Why is the sky blue?"'],
    ['deai submit ocr --image page.png --quote'],
    ['deai submit embeddings --batch texts.jsonl --output vectors.jsonl --wait'],
    ['id=$(deai submit ocr --image page.png --no-wait --json | jq -r .id)'],
  ]);
}

function inputOptions(command: Command): void {
  command
    .optionsGroup('Input:')
    .option('--input <json>', 'the whole input as JSON; @FILE or - read it')
    .option('--input-file <file>', 'the whole input from a file')
    .option('--text <text...>', 'texts, for embeddings and language-id; @FILE reads one')
    .option('--top <n>', 'languages to name for each text', wholeNumber(1, 5))
    .option('--image <file>', 'picture, for ocr')
    .option('--module <file>', '.wasm file, for wasm')
    .option('--stdin <file>', 'standard input of the module')
    .option('--arg <value...>', 'arguments of the module; --arg=--flag for those with a dash')
    .option('--message <text...>', 'messages, for chat: user and assistant in turn')
    .option('--system <text>', 'system message, for chat')
    .option('--max-tokens <n>', 'longest answer, for chat', wholeNumber(1, 32_768))
    .option('--temperature <n>', 'randomness, for chat', numberBetween(0, 2))
    .option('--batch <file>', 'many tasks: a JSON object a line, the input or {"kind":…,"input":…}; - is standard input');
}

function taskOptions(command: Command): void {
  command
    .optionsGroup('Task:')
    .option('-m, --model <name>', 'model; the default of the kind when left out')
    .addOption(new Option('--priority <level>', 'place in the queue, and price').choices(['low', 'normal', 'high']))
    .option('--max-price <tokens>', 'refuse a higher quote', tokenAmount)
    .option('--timeout <duration>', 'limit of one attempt, such as 90s', durationMs)
    .option('--attempts <n>', 'attempts before the task fails', wholeNumber(1, 10))
    .option('--memory <mib>', 'memory that the node must offer', wholeNumber(1, 1_048_576))
    .option('--region <name>', 'region of the node')
    .option('--label <name=value>', 'label to find the task by; repeatable', pair)
    .option('--idempotency-key <key>', 'a repeat with the same key gives the same task')
    .optionsGroup('Result:')
    .option('--quote', 'only say what it would cost')
    .option('--wait', 'wait for the result (the default in a terminal)')
    .option('--no-wait', 'do not wait')
    .option('--wait-timeout <duration>', 'stop waiting after this long; the task goes on', durationMs)
    .option('--output <file>', 'write the results of a batch to a file, a task a line');
}

async function submit(cli: Cli, kind: string, flags: SubmitFlags): Promise<void> {
  const { batch, quote } = flags;
  if (batch !== undefined && (hasInput(flags) || quote)) throw usageError('--batch goes with neither another input nor --quote.');
  if (flags.output !== undefined && batch === undefined)
    throw usageError('--output goes with --batch only.', 'Redirect instead: deai submit … > file');
  const settings = settingsOf(flags);
  if (batch !== undefined) return await submitBatch(cli, await readBatch(batch, kind, settings), flags);
  const task: TaskRequest = { kind, ...settings, input: await readTaskInput(kind, flags) };
  if (!quote) return await submitOne(cli, task, flags);
  const answer = await (await cli.client()).tasks.quote(task, { signal: cli.signal });
  cli.output.result(answer, (c) => renderQuote(c, answer));
}

function settingsOf(flags: SubmitFlags): Omit<TaskRequest, 'kind' | 'input'> {
  const { model, priority, maxPrice: maxPriceYocto, timeout: timeoutMs, attempts: maxAttempts, memory, region, label: labels } = flags;
  const requirements = { ...(memory === undefined ? {} : { memoryMiB: memory }), ...(region === undefined ? {} : { region }) };
  const settings = { model, priority, maxPriceYocto, timeoutMs, maxAttempts, labels };
  return {
    ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
    ...(Object.keys(requirements).length > 0 ? { requirements } : {}),
  };
}
