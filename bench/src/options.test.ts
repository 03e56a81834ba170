import { describe, expect, it } from 'vitest';
import { HELP, parseOptions, SECTIONS } from './options.ts';

describe('the options of a bench', () => {
  it('measures everything with 500 nodes, a minute each and three times, when nothing is asked', () => {
    expect(parseOptions([])).toMatchObject({ only: [...SECTIONS], nodes: 500, operators: 25, seconds: 60, runs: 3, credits: 8 });
  });
  it('is short and small with --quick, and lets single options win over it', () => {
    expect(parseOptions(['--quick', '--nodes', '7'])).toMatchObject({ nodes: 7, seconds: 1, operators: 5 });
  });
  it("takes some sections, in the order in which they are measured, and keeps them out of the whole bench's file", () => {
    const options = parseOptions(['--only', 'core,main']);
    expect(options?.only).toEqual(['main', 'core']);
    expect(options?.out).toMatch(/results\/partial\.json$/);
    expect(parseOptions([])?.out).toMatch(/results\/dispatch\.json$/);
    expect(() => parseOptions(['--only', 'everything'])).toThrow('everything');
  });
  it('answers nothing when help is asked', () => {
    expect(parseOptions(['--help'])).toBeUndefined();
  });
  it('names every option in the help', () => {
    const known = Object.keys(parseOptions([]) ?? {}).filter(
      (name) => !['profileDir', 'warmupSeconds', 'pacedSeconds', 'sizes'].includes(name),
    );
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
