import { describe, expect, it } from 'vitest';
import { HELP, parseOptions } from './options.ts';

describe('the options of a bench', () => {
  it('measures 500 nodes for 20 seconds when nothing is asked', () => {
    expect(parseOptions([])).toMatchObject({ nodes: 500, operators: 25, seconds: 20, runs: 1, credits: 8, serviceMs: 0 });
  });
  it('is short and small with --quick, and lets single options win over it', () => {
    expect(parseOptions(['--quick', '--nodes', '7'])).toMatchObject({ nodes: 7, seconds: 1, operators: 5 });
  });
  it('answers nothing when help is asked', () => {
    expect(parseOptions(['--help'])).toBeUndefined();
  });
  it('names every option in the help', () => {
    const known = Object.keys(parseOptions([]) ?? {}).filter((name) => name !== 'profileDir' && name !== 'warmupSeconds');
    for (const name of known) expect(HELP).toContain(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  });
  it.each([
    ['--nodes', '0'],
    ['--nodes', '1.5'],
    ['--runs', 'many'],
    ['--seconds', ''],
    ['--seconds', '-1'],
  ])('refuses %s "%s"', (name, text) => {
    expect(() => parseOptions([`${name}=${text}`])).toThrow(name);
  });
  it('refuses an option it does not know', () => {
    expect(() => parseOptions(['--fast'])).toThrow('--fast');
  });
});
