//! The app is embedded file by file; a file with a new name is only seen when this crate is built
//! again.

fn main() {
    let built = std::path::Path::new("../../ui/dist");
    let watched = if built.exists() { "../../ui/dist" } else { "../../ui" };
    println!("cargo::rerun-if-changed={watched}");
}
