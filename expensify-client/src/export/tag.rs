//! Multi-level tags.

/// Splits a tag at `:` into its levels; `\:` is a colon within a level (UNVERIFIED for exports, true on the site).
///
/// A level left empty is an empty string; empty levels at the end are dropped. A backslash before anything but a colon
/// stands for itself.
pub fn split_tag(tag: &str) -> Vec<String> {
    let mut levels = vec![String::new()];
    let mut rest = tag.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' if rest.peek() == Some(&':') => {
                rest.next();
                push(&mut levels, ':');
            }
            ':' => levels.push(String::new()),
            other => push(&mut levels, other),
        }
    }
    while levels.last().is_some_and(String::is_empty) {
        levels.pop();
    }
    levels
}

fn push(levels: &mut [String], c: char) {
    if let Some(last) = levels.last_mut() {
        last.push(c);
    }
}

/// Undoes the escape in the text of one level.
pub(crate) fn unescape(level: &str) -> String {
    level.replace("\\:", ":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_split_at_colons_that_are_not_escaped() {
        let check = |tag: &str, levels: &[&str]| assert_eq!(split_tag(tag), levels, "{tag}");
        check("", &[]);
        check("Engineering", &["Engineering"]);
        check("Dept:Sub:Leaf", &["Dept", "Sub", "Leaf"]);
        check(r"A\:B:C", &["A:B", "C"]);
        check(r"back\slash:x\", &[r"back\slash", r"x\"]);
        check(":second", &["", "second"]);
        check("first::", &["first"]);
        check(r"\:", &[":"]);
    }
}
