import { DeaiError } from '@deai/protocol';
import { describe, expect, it } from 'vitest';
import { toCallerError, withoutPassword } from './database-errors.ts';

const coded = (code: string): Error => Object.assign(new Error('x'), { code });

describe('errors for callers', () => {
  it.each(['57P01', '08006', 'ECONNRESET', 'ETIMEDOUT'])(
    'make a loss under a statement (%s) UNAVAILABLE with an unknown outcome',
    (code) => {
      expect(toCallerError(coded(code), { sent: true })).toMatchObject({ code: 'UNAVAILABLE', details: { outcomeUnknown: true } });
      expect((toCallerError(coded(code), { sent: false }) as DeaiError).details).toEqual({ service: 'database' });
    },
  );

  it.each(['53300', '57P03', 'ECONNREFUSED'])('know that nothing ran when the connection was refused (%s)', (code) => {
    expect((toCallerError(coded(code), { sent: true }) as DeaiError).details).toEqual({ service: 'database' });
  });

  it('look into the several attempts at one host name', () => {
    expect(toCallerError(new AggregateError([coded('ECONNREFUSED')]), { sent: false })).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it.each(['22021', '22P05'])('blame the input for text that cannot be stored (%s)', (code) => {
    expect(toCallerError(coded(code), { sent: true })).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it.each([coded('23505'), new TypeError('x'), new DeaiError('LEASE_LOST'), undefined])('pass everything else on untouched', (error) => {
    expect(toCallerError(error, { sent: true })).toBe(error);
  });

  it('never show a password', () => {
    expect(withoutPassword('postgres://u:p%40ss@h/d')).toBe('postgres://u:***@h/d');
    expect(withoutPassword('u:pass@h')).not.toContain('pass');
  });
});
