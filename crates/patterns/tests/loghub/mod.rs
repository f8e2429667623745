//! The labelled logs of LogHub, and how well a grouping of them agrees with the labels. The benchmark
//! includes this file by its path.

#![expect(clippy::unwrap_used, reason = "for tests and the benchmark, which may panic")]
#![allow(dead_code, reason = "the benchmark names the folder itself")]

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::path::{Path, PathBuf};

/// The labelled messages of one system.
pub struct System {
    pub name: String,
    pub messages: Vec<String>,
    pub events: Vec<String>,
}

/// Every labelled system by name; none, told on the console, when they are not on this machine.
pub fn systems() -> Vec<System> {
    let folder = match std::env::var_os("HANNUN_TEST_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    }
    .join("logs/loghub");
    systems_in(&folder)
}

/// The same, of this folder.
pub fn systems_in(folder: &Path) -> Vec<System> {
    let Ok(files) = std::fs::read_dir(folder) else {
        println!("SKIPPED: no labelled logs in {}", folder.display());
        return Vec::new();
    };
    let mut systems: Vec<System> = files
        .filter_map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name()?.to_str()?.strip_suffix("_2k.log_structured.csv")?;
            Some(system(name, &std::fs::read_to_string(&path).unwrap()))
        })
        .collect();
    systems.sort_by(|one, other| one.name.cmp(&other.name));
    systems
}

fn system(name: &str, text: &str) -> System {
    let mut rows = csv_rows(text).into_iter();
    let header = rows.next().unwrap();
    let column = |name| header.iter().position(|field| field == name).unwrap();
    let (content, event) = (column("Content"), column("EventId"));
    let (messages, events) = rows.map(|row| (row[content].clone(), row[event].clone())).unzip();
    System { name: name.to_owned(), messages, events }
}

/// Rows of a CSV file with quoted fields (RFC 4180).
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                field.push('"');
                characters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            _ => field.push(character),
        }
    }
    if !row.is_empty() || !field.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows
}

/// Grouping accuracy (Zhu et al., "Tools and Benchmarks for Automated Log Parsing", 2019): the share
/// of messages whose group is exactly the set of messages with the same label.
pub fn grouping_accuracy<T: Hash + Eq + Copy>(groups: &[T], events: &[String]) -> f64 {
    let mut members: HashMap<T, Vec<usize>> = HashMap::new();
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for (index, (group, event)) in groups.iter().zip(events).enumerate() {
        members.entry(*group).or_default().push(index);
        *sizes.entry(event).or_default() += 1;
    }
    let right: usize = members
        .values()
        .filter(|group| {
            let labels: HashSet<&str> = group.iter().map(|at| events[*at].as_str()).collect();
            labels.len() == 1 && sizes[events[group[0]].as_str()] == group.len()
        })
        .map(Vec::len)
        .sum();
    right as f64 / groups.len() as f64
}
