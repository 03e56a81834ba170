import Type from 'typebox';

/** A u128 as contracts write it: base-10 text. */
export const U128 = Type.String({ pattern: '^[0-9]{1,39}$', maxLength: 39 });
