//! Byte strings with their text forms in JSON: hashes in hex, ids as UUIDs, node keys as `ed25519:<base58>`, signatures in base64.

use near_sdk::base64::Engine;
use near_sdk::base64::engine::general_purpose::STANDARD;
use near_sdk::serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use near_sdk::{CurveType, PublicKey, near};

/// A SHA-256 hash; 64 hex digits in JSON.
#[near(serializers = [borsh])]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Hash(pub [u8; 32]);

/// A UUID of a task or lease; its lower-case text form in JSON.
#[near(serializers = [borsh])]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Uuid(pub [u8; 16]);

/// A node's ed25519 public key; `ed25519:<base58>` in JSON.
#[near(serializers = [borsh])]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NodeKey(pub [u8; 32]);

/// An ed25519 signature; base64 in JSON.
#[near(serializers = [borsh])]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signature(pub [u8; 64]);

/// Lower-case hex.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).map(char::from).collect()
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

impl Hash {
    /// Parses 64 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        from_hex(text).map(Self)
    }
    /// 64 lower-case hex digits.
    pub fn text(&self) -> String {
        to_hex(&self.0)
    }
}

impl Uuid {
    /// Parses the hyphenated lower-case form alone, so that an id has one text only.
    pub fn parse(text: &str) -> Option<Self> {
        let hyphens = text.len() == 36 && [8, 13, 18, 23].iter().all(|&at| text.as_bytes()[at] == b'-');
        let digits: String = text.chars().filter(|&c| c != '-').collect();
        if hyphens { from_hex(&digits).map(Self) } else { None }
    }
    /// The hyphenated lower-case form.
    pub fn text(&self) -> String {
        let hex = to_hex(&self.0);
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

impl NodeKey {
    /// Parses `ed25519:<base58>`; other curves are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let key: PublicKey = text.parse().ok()?;
        if key.curve_type() != CurveType::ED25519 {
            return None;
        }
        key.as_bytes()[1..].try_into().ok().map(Self)
    }
    /// `ed25519:<base58>`.
    pub fn text(&self) -> String {
        PublicKey::from_parts(CurveType::ED25519, self.0.to_vec()).map(|key| String::from(&key)).unwrap_or_default()
    }
}

impl Signature {
    /// Parses base64 with padding.
    pub fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }
    /// Base64 with padding.
    pub fn text(&self) -> String {
        STANDARD.encode(self.0)
    }
}

macro_rules! text_in_json {
    ($type:ty, $what:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.text())
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| D::Error::custom(concat!("not ", $what)))
            }
        }
    };
}
text_in_json!(Hash, "64 lower-case hex digits");
text_in_json!(Uuid, "a lower-case UUID");
text_in_json!(NodeKey, "a key like ed25519:<base58>");
text_in_json!(Signature, "64 bytes in base64");
