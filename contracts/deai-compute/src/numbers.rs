//! A set of numbers that tells which come after a given one at a bounded cost, however many in between were taken out.
//!
//! It is a tree of words of 256 bits: a bit of level 0 is a number, a bit of a level above is a word below it that is not empty.
//! Empty words have no record. Finding a number's successor reads at most two words a level. Numbers that only grow write one word
//! almost always, for the levels above change once in 256 numbers, 65,536, and so on.

use crate::tables::WORDS;

/// Levels of the tree: enough for 2⁴⁰ numbers, a century of 300 calls a second.
pub const LEVELS: u8 = 5;

/// 256 bits, the lowest first.
pub type Word = [u64; 4];

/// Where a number stands in a level: the key of its word, and in that word the part and the bit of the part.
fn place(level: u8, number: u64) -> ((u8, u64), usize, u64) {
    let at = number >> (8 * u32::from(level));
    ((level, at >> 8), (at >> 6 & 3) as usize, 1 << (at & 63))
}

/// Puts a number in.
pub fn insert(number: u64) {
    for level in 0..LEVELS {
        let (key, part, bit) = place(level, number);
        let known = WORDS.get(&key);
        let mut word = known.unwrap_or_default();
        word[part] |= bit;
        WORDS.put(&key, &word);
        if known.is_some() {
            break;
        }
    }
}

/// Takes a number out.
pub fn remove(number: u64) {
    for level in 0..LEVELS {
        let (key, part, bit) = place(level, number);
        let mut word = WORDS.get(&key).unwrap_or_default();
        word[part] &= !bit;
        if word != Word::default() {
            WORDS.put(&key, &word);
            break;
        }
        WORDS.remove(&key);
    }
}

/// The first `limit` numbers from `from` on, ascending.
pub fn starting_at(from: u64, limit: usize) -> Vec<u64> {
    let mut found = Vec::new();
    gather(LEVELS - 1, 0, from, limit, &mut found);
    found
}

/// Adds the numbers below a word, from `from` on, until there are `limit`.
fn gather(level: u8, index: u64, from: u64, limit: usize, found: &mut Vec<u64>) {
    let word = WORDS.get(&(level, index)).unwrap_or_default();
    let first = from >> (8 * u32::from(level));
    for bit in 0..256 {
        let child = index << 8 | bit;
        let is_set = word[(bit >> 6) as usize] >> (bit & 63) & 1 == 1;
        if found.len() >= limit {
            return;
        }
        if is_set && child >= first {
            match level {
                0 => found.push(child),
                _ => gather(level - 1, child, from, limit, found),
            }
        }
    }
}
