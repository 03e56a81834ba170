use super::world::{World, node_key};
use crate::codec::{Hash, NodeKey, Signature, Uuid};
use near_sdk::serde_json::{from_value, json, to_value};

#[test]
fn ids_hashes_keys_and_signatures_have_one_text_each() {
    let _world = World::bare();
    let uuid = "0190a1b2-c3d4-7e5f-8a6b-0123456789ab";
    assert_eq!(Uuid::parse(uuid).expect("a UUID").text(), uuid);
    let hash = "00ff".repeat(16);
    assert_eq!(Hash::parse(&hash).expect("a hash").text(), hash);
    let key = node_key(3);
    assert!(key.text().starts_with("ed25519:"));
    assert_eq!(NodeKey::parse(&key.text()), Some(key));
    let signature = Signature([7; 64]);
    assert_eq!(from_value::<Signature>(to_value(signature).expect("JSON")).expect("a signature"), signature);
}

#[test]
fn other_texts_are_refused() {
    let _world = World::bare();
    for text in [
        "",
        "0190A1B2-C3D4-7E5F-8A6B-0123456789AB",
        "0190a1b2c3d47e5f8a6b0123456789ab0000",
        "0190a1b2-c3d4-7e5f-8a6b-0123456789ag",
    ] {
        assert_eq!(Uuid::parse(text), None, "{text}");
    }
    for text in ["", &"0".repeat(63), &"A".repeat(64), &"é".repeat(32)] {
        assert_eq!(Hash::parse(text), None, "{text}");
    }
    assert_eq!(
        NodeKey::parse("secp256k1:qMoRgcoXai4mBPsdbHi1wfyxF9TdbPCF4qSDQTRP3TfescSRoUdSx6nmeQoN3aiwGzwMyGXAb1gUjBTv5AY8DXj"),
        None
    );
    assert_eq!(NodeKey::parse("nonsense"), None);
    assert!(from_value::<Signature>(json!("AAAA")).is_err());
    assert!(from_value::<Hash>(json!(7)).is_err());
}
