//! Writes a software bill of materials for the program: reads `cargo metadata` from standard input, writes `CycloneDX`
//! 1.5 to standard output, and takes checksums from `Cargo.lock`.
//!
//! Dependencies used only by tests are not shipped, so they are not listed.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{self, Read};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Whether a dependency is part of the program or of its build.
fn is_shipped(dependency: &Value) -> bool {
    list(dependency, "dep_kinds")
        .any(|kind| kind.get("kind").and_then(Value::as_str) != Some("dev"))
}

fn reference(package: &Value) -> String {
    format!(
        "pkg:cargo/{}@{}",
        text(package, "name"),
        text(package, "version")
    )
}

/// Checksums by name and version.
fn checksums(lock: &str) -> Result<BTreeMap<(String, String), String>, Box<dyn Error>> {
    let lock: toml::Table = lock.parse()?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let found = packages.into_iter().flatten().filter_map(|package| {
        let member = |name: &str| {
            package
                .get(name)
                .and_then(toml::Value::as_str)
                .map(ToOwned::to_owned)
        };
        Some(((member("name")?, member("version")?), member("checksum")?))
    });
    Ok(found.collect())
}

fn component(package: &Value, sums: &BTreeMap<(String, String), String>) -> Value {
    let key = (
        text(package, "name").to_owned(),
        text(package, "version").to_owned(),
    );
    // `/` is the older spelling of "or".
    let license = text(package, "license")
        .replace(" / ", " OR ")
        .replace('/', " OR ");
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": key.0,
        "version": key.1,
        "purl": reference(package),
        "licenses": [{ "expression": license }],
    });
    if let (Some(sum), Some(members)) = (sums.get(&key), component.as_object_mut()) {
        members.insert(
            "hashes".to_owned(),
            json!([{ "alg": "SHA-256", "content": sum }]),
        );
    }
    component
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let metadata: Value = serde_json::from_str(&input)?;
    let sums = checksums(&std::fs::read_to_string("Cargo.lock")?)?;
    let packages: BTreeMap<&str, &Value> = list(&metadata, "packages")
        .map(|package| (text(package, "id"), package))
        .collect();
    let resolve = metadata
        .get("resolve")
        .ok_or("the metadata holds no dependencies")?;
    let nodes: BTreeMap<&str, &Value> = list(resolve, "nodes")
        .map(|node| (text(node, "id"), node))
        .collect();
    let root = text(resolve, "root");
    let (mut shipped, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(id) = open.pop() {
        if shipped.insert(id) {
            let dependencies = nodes
                .get(id)
                .into_iter()
                .flat_map(|node| list(node, "deps"));
            open.extend(
                dependencies
                    .filter(|one| is_shipped(one))
                    .map(|one| text(one, "pkg")),
            );
        }
    }
    let known = |id: &str| packages.get(id).map(|package| reference(package));
    let libraries = shipped
        .iter()
        .filter(|id| **id != root)
        .filter_map(|id| packages.get(id));
    let dependencies = shipped.iter().filter_map(|id| {
        let node = nodes.get(id)?;
        let on = list(node, "deps").filter(|one| is_shipped(one));
        let on: BTreeSet<String> = on.filter_map(|one| known(text(one, "pkg"))).collect();
        Some(json!({ "ref": known(id)?, "dependsOn": on }))
    });
    let program = packages
        .get(root)
        .ok_or("the metadata does not hold the program")?;
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "application",
            "bom-ref": reference(program),
            "name": text(program, "name"),
            "version": text(program, "version"),
            "licenses": [{ "expression": text(program, "license") }],
        } },
        "components": libraries.map(|package| component(package, &sums)).collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    });
    println!("{}", serde_json::to_string_pretty(&bill)?);
    Ok(())
}
