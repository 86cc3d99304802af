use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// Sources of the module `job` with their texts.
fn sources(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.insert(path.clone(), fs::read_to_string(path).unwrap());
        }
    }
    found
}

fn jobs() -> BTreeMap<PathBuf, String> {
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/job"))
}

/// Names of the shapes a source refers to, in the spelling of the table.
fn shapes_in(source: &str) -> impl Iterator<Item = String> {
    let uses = source.split("JobShapes = &evidence::").skip(1);
    let names = uses.filter_map(|rest| rest.split(';').next());
    names.map(str::to_lowercase)
}

fn row(job: &JobShapes, direction: &str, shape: &Shape) -> String {
    let grade = shape.evidence.as_str();
    format!(
        "| `{}` | {} | {direction} | {grade} | {} | {} |\n",
        job.job, job.wire_type, shape.source, shape.note
    )
}

#[test]
fn the_table_in_the_documentation_is_the_one_in_the_code() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/evidence.md");
    let printed = fs::read_to_string(&file).unwrap().replace("\r\n", "\n");
    let (introduction, _) = printed.split_once("| Job |").unwrap();
    let mut table =
        format!("{introduction}| Job | On the wire | Shape | Known | Source | Note |\n");
    table.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for job in &JOBS {
        let _ = write!(
            table,
            "{}{}",
            row(job, "request", &job.request),
            row(job, "reply", &job.reply)
        );
    }
    table.push_str("\n| Shape of every job | Known | Source | Note |\n| --- | --- | --- | --- |\n");
    for (name, shape) in &COMMON {
        let grade = shape.evidence.as_str();
        let _ = writeln!(
            table,
            "| {name} | {grade} | {} | {} |",
            shape.source, shape.note
        );
    }
    if std::env::var_os("UPDATE_EVIDENCE").is_some() {
        fs::write(&file, &table).unwrap();
    } else {
        assert_eq!(printed, table, "run the test with UPDATE_EVIDENCE=1");
    }
}

#[test]
fn every_job_is_in_the_table_once() {
    let mut in_code: Vec<String> = jobs().values().flat_map(|text| shapes_in(text)).collect();
    // The one request whose answer is streamed, and which is no `Job` therefore.
    in_code.push(DOWNLOAD.job.to_owned());
    in_code.sort();
    let mut in_table: Vec<String> = JOBS.iter().map(|job| job.job.to_owned()).collect();
    in_table.sort();
    assert_eq!(in_code, in_table);
}

#[test]
fn the_code_says_where_it_relies_on_what_was_inferred() {
    let mut marked = BTreeSet::new();
    let mut graded = BTreeSet::new();
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/job");
    for (path, text) in jobs() {
        // A job that has a folder of its own may say so in any file of it.
        let place = match path.parent() {
            Some(folder) if folder != top => folder.to_owned(),
            _ => path.clone(),
        };
        if text.contains("// Inferred:") {
            marked.insert(place.clone());
        }
        for name in shapes_in(&text) {
            let job = JOBS.iter().find(|job| job.job == name).unwrap();
            if [job.request, job.reply]
                .iter()
                .any(|shape| shape.evidence == Evidence::Inferred)
            {
                graded.insert(place.clone());
            }
        }
    }
    assert_eq!(marked, graded);
    assert!(!graded.is_empty());
}

#[test]
fn every_source_is_explained() {
    let text = include_str!("../evidence.md");
    let of_jobs = JOBS.iter().flat_map(|job| [job.request, job.reply]);
    for shape in of_jobs.chain(COMMON.map(|(_, shape)| shape)) {
        let words = shape.source.split(|c: char| !c.is_ascii_alphanumeric());
        let tags =
            words.filter(|word| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase()));
        for tag in tags {
            assert!(text.contains(&format!("- {tag}: ")), "{tag}");
        }
    }
}
