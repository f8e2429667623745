//! The id of the document about a service.

use super::{Definition, SERVICE};
use xxhash_rust::xxh3::xxh3_64;

/// Longest part of an id that is taken from a name.
const READABLE_CHARACTERS_MAX: usize = 80;

/// The id of the document of a definition: the name of the service where that can be an id, else the
/// nearest readable form of it with a hash of the name. What is no service has its kind in front, and
/// a hash too, so that no service ever has the same id.
pub fn document_id(definition: &Definition) -> String {
    of(&definition.kind, &definition.name)
}

/// The same by kind and name.
pub fn of(kind: &str, name: &str) -> String {
    let is_id = name.len() <= READABLE_CHARACTERS_MAX
        && name.bytes().next().is_some_and(may_begin)
        && name.bytes().all(may_follow);
    if kind == SERVICE && is_id {
        return name.to_owned();
    }
    let hash = xxh3_64(format!("{kind}\0{name}").as_bytes());
    let front = if kind == SERVICE { String::new() } else { format!("{kind}.") };
    let mut id = readable(&format!("{front}{name}"));
    if !id.is_empty() {
        id.push('-');
    }
    id.push_str(&format!("{:08x}", hash >> 32));
    id
}

fn may_begin(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn may_follow(byte: u8) -> bool {
    may_begin(byte) || matches!(byte, b'.' | b'_' | b'-')
}

/// Lower case, with a dash for everything that an id cannot hold.
fn readable(name: &str) -> String {
    let mut id = String::new();
    for character in name.to_lowercase().chars() {
        let fits = u8::try_from(character).is_ok_and(may_follow);
        let next = if fits { character } else { '-' };
        let begins_badly = id.is_empty() && !u8::try_from(next).is_ok_and(may_begin);
        if begins_badly || (next == '-' && id.ends_with('-')) {
            continue;
        }
        id.push(next);
        if id.len() >= READABLE_CHARACTERS_MAX {
            break;
        }
    }
    id.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_ledger::{FileDocument, write_folder};
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn a_name_that_can_be_an_id_is_one() {
        for name in ["order", "order-v2", "a.b_c", "0x"] {
            assert_eq!(of(SERVICE, name), name);
        }
        for (name, front) in [("Order", "order-"), ("주문", ""), ("a/b c", "a-b-c-"), ("_x", "x-")]
        {
            let id = of(SERVICE, name);
            assert!(id.starts_with(front) && id.len() == front.len() + 8, "{name}: {id}");
        }
        assert!(of("system", "shop").starts_with("system.shop-"));
        assert_ne!(of("system", "shop"), of(SERVICE, "system.shop"));
    }

    #[test]
    fn different_services_have_different_documents() {
        let names = ["order", "Order", "ORDER", "order ", " order", "order/", "주문", "注文", ""];
        let ids: HashMap<_, _> = names.iter().map(|name| (of(SERVICE, name), name)).collect();
        assert_eq!(ids.len(), names.len(), "{ids:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn every_name_gives_an_id_that_the_ledger_takes(
            kind in "(service|system|my-kind)",
            name in any::<String>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let document = FileDocument {
                kind: "service-definition".to_owned(),
                id: of(&kind, &name),
                body: serde_json::json!({}),
            };
            prop_assert!(write_folder(folder.path(), &[document]).is_ok());
        }
    }
}
