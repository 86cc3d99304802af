//! The renderer prints what real FreeMarker printed for the same models.

use std::fs;
use std::path::Path;

use sync_sandbox::{Template, render};

#[test]
fn every_golden_model_renders_to_the_bytes_freemarker_printed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/export");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!(
            "skipped: {} is not here, as in a published crate",
            folder.display()
        );
        return;
    };
    let mut compared = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".model.json") else {
            continue;
        };
        let model = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let expected = fs::read_to_string(folder.join(format!("{stem}.ndjson"))).unwrap();
        let template = if stem.starts_with("ack") {
            Template::Ack
        } else {
            Template::Export
        };
        let printed = render(template, &model);
        for (line, (printed, expected)) in printed.lines().zip(expected.lines()).enumerate() {
            assert_eq!(printed, expected, "{stem}, line {}", line + 1);
        }
        assert_eq!(printed, expected, "{stem}");
        compared += 1;
    }
    assert!(compared > 0, "no golden pair in {}", folder.display());
    println!("compared {compared} golden pairs");
}

#[test]
fn the_published_templates_are_recognised() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../expensify-client/src/template");
    for (file, template) in [("export.ftl", Template::Export), ("ack.ftl", Template::Ack)] {
        match fs::read_to_string(folder.join(file)) {
            Ok(source) => assert_eq!(Template::recognise(&source), Some(template), "{file}"),
            Err(_) => println!("skipped: {file} is not here, as in a published crate"),
        }
    }
}
