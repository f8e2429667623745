//! The description of the API, from which the web app's client is generated, is what the code says.

use std::path::Path;

const REFERENCE: &str = "../../docs/guide/reference/openapi.json";

#[test]
fn the_description_of_the_api_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(REFERENCE);
    let mut expected = hannun_server::api::description().to_pretty_json().unwrap();
    expected.push('\n');
    if std::env::var_os("HANNUN_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "openapi.json differs from the code: run `cargo xtask docs`");
}
