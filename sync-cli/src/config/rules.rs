//! Mapping rules from the file, and the mistakes that can be seen without asking either service.

use std::collections::BTreeMap;

use sync_core::mapping::{Choice, Condition, Rule, TextMatch};
use sync_core::model::{
    CategoryId, ClientId, ProjectId, StaffId, VendorId, WorkspaceId, normalized_name,
};

use super::checks::Problems;
use super::file::{RuleFile, TextFile, ThenFile, WhenFile};

/// Turns rules over, in their order, and reports names used twice, rules that choose nothing, and rules that can never
/// decide because an earlier one has the same conditions and chooses the same thing.
pub(super) fn rules(
    at: &str,
    files: &[RuleFile],
    workspaces: &[String],
    problems: &mut Problems,
) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let at = format!("{at}.rule[{index}]");
        problems.not_blank(&format!("{at}.name"), &file.name);
        let rule = Rule {
            name: file.name.clone(),
            when: condition(&format!("{at}.when"), &file.when, workspaces, problems),
            then: choice(&file.then),
        };
        if rule.then == Choice::default() {
            problems.add(
                format!("{at}.then"),
                "chooses nothing",
                "state a category, vendor, project, client, tax, staff or billable",
            );
        }
        for earlier in &rules {
            compare(&at, earlier, &rule, problems);
        }
        rules.push(rule);
    }
    rules
}

fn compare(at: &str, earlier: &Rule, rule: &Rule, problems: &mut Problems) {
    if earlier.name == rule.name {
        problems.add(
            format!("{at}.name"),
            format!("two rules are named {:?}", rule.name),
            "give each rule a name of its own: it is what explanations refer to",
        );
    }
    if normal(&earlier.when) != normal(&rule.when) {
        return;
    }
    let (first, second) = (stated(&earlier.then), stated(&rule.then));
    for (key, value) in second {
        let Some(decided) = first.get(key) else {
            continue;
        };
        let category = rule
            .when
            .category
            .as_ref()
            .map_or_else(String::new, |text| format!(" of {}", quoted(text)));
        problems.add(
            format!("{at}.then.{key}"),
            format!(
                "the {key}{category} is mapped twice: rule {:?} says {decided}, rule {:?} says {value}, both under the same conditions",
                earlier.name, rule.name
            ),
            "remove one of them, or make their conditions differ",
        );
    }
}

/// Equal conditions give equal values, whatever their spelling.
fn normal(when: &Condition) -> Condition {
    let text = |text: &TextMatch| match text {
        TextMatch::Is(text) => TextMatch::Is(normalized_name(text)),
        TextMatch::StartsWith(text) => TextMatch::StartsWith(normalized_name(text)),
        TextMatch::Contains(text) => TextMatch::Contains(normalized_name(text)),
    };
    Condition {
        workspace: when.workspace.clone(),
        category: when.category.as_ref().map(text),
        gl_code: when.gl_code.as_deref().map(normalized_name),
        tags: when
            .tags
            .iter()
            .map(|(level, tag)| (*level, text(tag)))
            .collect(),
        employee: when.employee.as_deref().map(normalized_name),
        merchant: when.merchant.as_ref().map(text),
        card: when.card.as_ref().map(text),
        reimbursable: when.reimbursable,
    }
}

fn quoted(text: &TextMatch) -> String {
    match text {
        TextMatch::Is(text) | TextMatch::StartsWith(text) | TextMatch::Contains(text) => {
            format!("{text:?}")
        }
    }
}

fn stated(then: &Choice) -> BTreeMap<&'static str, String> {
    let numbers = [
        ("category", then.category.map(CategoryId::get)),
        ("vendor", then.vendor.map(VendorId::get)),
        ("project", then.project.map(ProjectId::get)),
        ("client", then.client.map(ClientId::get)),
        ("staff", then.staff.map(StaffId::get)),
    ];
    let numbers = numbers
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?.to_string())));
    let words = [
        ("tax", then.tax.clone()),
        ("billable", then.billable.map(|yes| yes.to_string())),
    ];
    numbers
        .chain(
            words
                .into_iter()
                .filter_map(|(key, value)| Some((key, value?))),
        )
        .collect()
}

fn condition(
    at: &str,
    file: &WhenFile,
    workspaces: &[String],
    problems: &mut Problems,
) -> Condition {
    if let Some(workspace) = file
        .workspace
        .as_ref()
        .filter(|workspace| !workspaces.contains(workspace))
    {
        problems.add(
            format!("{at}.workspace"),
            format!(
                "workspace {workspace:?} is not one of this connection, so the rule never applies"
            ),
            format!("use one of {}", workspaces.join(", ")),
        );
    }
    let mut text = |key: &str, file: &Option<TextFile>| {
        file.as_ref()
            .and_then(|file| text_match(&format!("{at}.{key}"), file, problems))
    };
    let category = text("category", &file.category);
    let merchant = text("merchant", &file.merchant);
    let card = text("card", &file.card);
    let tags = file
        .tags
        .iter()
        .filter_map(|(level, tag)| tag_level(at, level, tag, problems))
        .collect();
    Condition {
        workspace: file.workspace.as_deref().map(WorkspaceId::new),
        category,
        gl_code: file.gl_code.clone(),
        tags,
        employee: file.employee.clone(),
        merchant,
        card,
        reimbursable: file.reimbursable,
    }
}

fn tag_level(
    at: &str,
    level: &str,
    tag: &TextFile,
    problems: &mut Problems,
) -> Option<(u8, TextMatch)> {
    let at = format!("{at}.tags.{level}");
    match level.parse::<u8>() {
        Ok(number) if number > 0 => Some((number, text_match(&at, tag, problems)?)),
        Ok(_) | Err(_) => {
            problems.add(
                at,
                format!("{level:?} is not a tag level"),
                "count tag levels from 1: tags = { 1 = \"Sales\" }",
            );
            None
        }
    }
}

fn text_match(at: &str, file: &TextFile, problems: &mut Problems) -> Option<TextMatch> {
    let stated: Vec<TextMatch> = match file {
        TextFile::Plain(text) => vec![TextMatch::Is(text.clone())],
        TextFile::Table(table) => [
            table.is.clone().map(TextMatch::Is),
            table.starts_with.clone().map(TextMatch::StartsWith),
            table.contains.clone().map(TextMatch::Contains),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    let [one] = stated.as_slice() else {
        problems.add(
            at,
            "states no comparison or several",
            "write text, or one of is, starts_with and contains",
        );
        return None;
    };
    let (TextMatch::Is(text) | TextMatch::StartsWith(text) | TextMatch::Contains(text)) = one;
    problems.not_blank(at, text);
    Some(one.clone())
}

fn choice(file: &ThenFile) -> Choice {
    Choice {
        category: file.category.map(CategoryId::new),
        vendor: file.vendor.map(VendorId::new),
        project: file.project.map(ProjectId::new),
        client: file.client.map(ClientId::new),
        tax: file.tax.clone(),
        billable: file.billable,
        staff: file.staff.map(StaffId::new),
    }
}
