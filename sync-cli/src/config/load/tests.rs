use proptest::prelude::*;

use super::*;

const GOOD: &str = r#"
version = 1
[[connection]]
name = "main"
workspaces = ["A1"]
start_date = 2026-11-01
"#;

fn parse(text: &str) -> Result<Config, Failure> {
    Config::parse(Path::new("x.toml"), text.to_owned())
}

/// Adds lines to a good configuration; they land in its connection unless they open another table.
fn with(lines: &str) -> String {
    format!("{GOOD}{lines}\n")
}

fn complaints(text: &str) -> Vec<(String, String)> {
    match parse(text) {
        Ok(_) => Vec::new(),
        Err(failure) => failure
            .complaints
            .into_iter()
            .map(|complaint| (complaint.what, complaint.fix))
            .collect(),
    }
}

#[test]
fn the_smallest_configuration_is_enough() {
    let config = parse(GOOD).unwrap();
    assert_eq!(config.connections.len(), 1);
    assert_eq!(config.database, Path::new("ml-connector.db"));
}

#[test]
fn the_template_is_valid() {
    let text = crate::config::TEMPLATE.replace("@START_DATE@", "2026-11-01");
    let config = parse(&text).unwrap();
    assert_eq!(
        config.connections[0].engine.rules.scope.start_date,
        chrono::NaiveDate::from_ymd_opt(2026, 11, 1)
    );
}

/// What the example comments show must work when it is uncommented.
#[test]
fn the_template_is_valid_with_its_examples_uncommented() {
    let text = crate::config::TEMPLATE.replace("@START_DATE@", "2026-11-01");
    let is_example = |line: &str| line.contains(" = ") || line.starts_with('[');
    let alternatives = [
        "key_env",
        "key_credential",
        "key_keyring",
        "keyring",
        "at = ",
        "days = ",
        "cron = ",
        "zone = ",
        "[connection.company_paid.vendors]",
        "\"American Express\"",
    ];
    let uncommented: Vec<String> = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if is_example(rest)
                    && !alternatives.iter().any(|skip| rest.starts_with(skip))
                    && !rest.ends_with('.') =>
            {
                rest.to_owned()
            }
            Some(_) | None => line.to_owned(),
        })
        .collect();
    let config = parse(&uncommented.join("\n")).unwrap_or_else(|failure| panic!("{failure:?}"));
    assert_eq!(config.connections[0].engine.rules.rules.len(), 2);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, one row per mistake")]
fn every_mistake_is_named_with_place_and_fix() {
    let rule = |name: &str, when: &str, then: &str| {
        format!("[[connection.rule]]\nname = {name:?}\nwhen = {{ {when} }}\nthen = {{ {then} }}\n")
    };
    let twice = format!(
        "{}{}",
        rule("a", "category = \"Meals\"", "category = 1"),
        rule("b", "category = \" meals \"", "category = 2")
    );
    let same_name = format!(
        "{}{}",
        rule("a", "category = \"X\"", "category = 1"),
        rule("a", "category = \"Y\"", "category = 2")
    );
    let second = "[[connection]]\nname = \"other\"\nstart_date = 2026-11-01\nworkspaces = [\"A1\"]";
    let table: &[(&str, String, &str, &str)] = &[
        (
            "unknown key",
            with("limts = 3"),
            "x.toml:7: connection[0].limts: unknown key",
            "`limits`",
        ),
        (
            "unknown nested key",
            with("[connection.schedule]\nevry = \"1h\""),
            "x.toml:8: connection[0].schedule.evry: unknown key",
            "`every`",
        ),
        (
            "unknown key far from any",
            with("zzzzzzzz = 1"),
            "unknown key",
            "keys known here",
        ),
        (
            "unknown word",
            with("mode = \"tset\""),
            "x.toml:7: connection[0].mode: \"tset\" is not a known word",
            "`test`",
        ),
        (
            "wrong type",
            with("tell_reimbursed = 3"),
            "x.toml:7: connection[0].tell_reimbursed",
            "correct the value",
        ),
        (
            "missing key",
            "version = 1\n[[connection]]\nname = \"a\"".to_owned(),
            "key `workspaces` is missing",
            "workspaces",
        ),
        (
            "not TOML",
            "version = = 1".to_owned(),
            "x.toml:1: not valid TOML",
            "correct the line",
        ),
        (
            "quoted date",
            GOOD.replace("2026-11-01", "\"2026-11-01\""),
            "start_date",
            "without quotes",
        ),
        (
            "time in a date",
            GOOD.replace("2026-11-01", "2026-11-01T10:00:00"),
            "is not a day",
            "2026-11-01",
        ),
        (
            "newer version",
            GOOD.replace("version = 1", "version = 2"),
            "x.toml:2: version: version 2",
            "version = 1",
        ),
        (
            "no connection",
            "version = 1".to_owned(),
            "there is no connection",
            "[[connection]]",
        ),
        (
            "no workspace",
            GOOD.replace("[\"A1\"]", "[]"),
            "names no workspace",
            "workspace",
        ),
        (
            "bad cron",
            with("[connection.schedule]\ncron = \"61 * * * *\"\nzone = \"UTC\""),
            "x.toml:8: connection[0].schedule.cron",
            "minute, hour",
        ),
        (
            "unknown zone",
            with("[connection.schedule]\nat = \"06:30\"\nzone = \"Mars/Base\""),
            "no zone is called \"Mars/Base\"",
            "IANA",
        ),
        (
            "schedule without zone",
            with("[connection.schedule]\nat = \"06:30\""),
            "connection[0].schedule.zone: it is missing",
            "IANA",
        ),
        (
            "two schedules",
            with("[connection.schedule]\nevery = \"1h\"\ncron = \"0 6 * * *\""),
            "schedule.every",
            "keep one",
        ),
        (
            "category mapped twice",
            with(&twice),
            "x.toml:14: connection[0].rule[1].then.category: the category of \" meals \" is mapped twice",
            "remove one",
        ),
        (
            "rule name twice",
            with(&same_name),
            "two rules are named \"a\"",
            "name of its own",
        ),
        (
            "rule that chooses nothing",
            with(&rule("a", "category = \"X\"", "")),
            "chooses nothing",
            "state a category",
        ),
        (
            "rule of a foreign workspace",
            with(&rule("a", "workspace = \"B2\"", "category = 1")),
            "never applies",
            "A1",
        ),
        (
            "tag level 0",
            with(&rule("a", "tags = { 0 = \"X\" }", "category = 1")),
            "not a tag level",
            "count tag levels from 1",
        ),
        (
            "two comparisons",
            with(&rule(
                "a",
                "merchant = { is = \"a\", contains = \"b\" }",
                "category = 1",
            )),
            "or several",
            "one of is",
        ),
        (
            "connection name twice",
            with("[[connection]]\nname = \"main\"\nstart_date = 2026-11-01\nworkspaces = [\"B2\"]"),
            "two connections are named \"main\"",
            "name of its own",
        ),
        (
            "workspace shared",
            with(second),
            "x.toml:10: connection[1].workspaces[0]: workspace \"A1\" already belongs",
            "keep it in one",
        ),
        (
            "http to the world",
            with("[services]\nexpensify = \"http://example.com\""),
            "x.toml:8: services.expensify",
            "allow_insecure_http",
        ),
        (
            "not an address",
            with("[services]\nfreshbooks = \"freshbooks\""),
            "is not an http or https address",
            "https://",
        ),
        (
            "secret in an address",
            with("[services]\nfreshbooks = \"https://u:p@example.com\""),
            "user name or password",
            "remove it",
        ),
        (
            "unpaced against the service",
            with("[services]\nunpaced = true"),
            "only for stand-ins",
            "remove it",
        ),
        (
            "test mode without prefix",
            with("mode = \"test\""),
            "needs a test_prefix",
            "test_prefix",
        ),
        (
            "limit out of bounds",
            with("[connection.limits]\nsweep_days = 400"),
            "400 is out of bounds",
            "from 1 to 366",
        ),
        (
            "span without unit",
            with("[connection.limits]\nquiet_time = \"15\""),
            "not a span of time",
            "15m",
        ),
        (
            "lease too short",
            with("[connection.limits]\nlease_ttl = \"30s\""),
            "shorter than twice send_window",
            "lease_ttl longer",
        ),
        (
            "brake of zero",
            with("[connection.brake]\nrecords = 0"),
            "0 would stop every pass",
            "off = true",
        ),
        (
            "brake off and on",
            with("[connection.brake]\noff = true\nrecords = 5"),
            "contradicts",
            "remove",
        ),
        (
            "card vendors without bills",
            with("[connection.company_paid.vendors]\n\"Amex\" = 1"),
            "has no effect",
            "as = \"bills\"",
        ),
        (
            "bills without card vendors",
            with("[connection.company_paid]\nas = \"bills\""),
            "is needed",
            "vendors",
        ),
        (
            "tax mapped twice",
            with("[connection.taxes]\nVAT = \"VAT\"\nvat = \"VAT\""),
            "mapped twice",
            "name it once",
        ),
        (
            "employee without e-mail",
            with("[connection.staff.by_employee]\nann = 2"),
            "not an e-mail address",
            "e-mail",
        ),
        (
            "two keys",
            with("[vault]\nkey_file = \"a\"\nkey_env = \"B\""),
            "contradicts `key_file`",
            "keep one",
        ),
        (
            "listen without port",
            with("[webhooks]\nlisten = \"localhost\""),
            "not an address with a port",
            "127.0.0.1:8091",
        ),
        (
            "public http",
            with("[webhooks]\nlisten = \"127.0.0.1:1\"\npublic_url = \"http://example.com\""),
            "is not https",
            "proxy",
        ),
    ];
    for (name, text, what, fix) in table {
        let found = complaints(text);
        let fits = |(said, remedy): &(String, String)| said.contains(what) && remedy.contains(fix);
        assert!(found.iter().any(fits), "{name}: {found:?}");
    }
}

#[test]
fn all_mistakes_are_named_at_once() {
    let text = with("mode = \"test\"\n[connection.limits]\nsweep_days = 400\nquiet_time = \"x\"");
    assert_eq!(complaints(&text).len(), 3);
}

#[test]
fn rules_with_equal_conditions_may_choose_different_things() {
    let text = with(
        "[[connection.rule]]\nname = \"a\"\nwhen = { category = \"X\" }\nthen = { category = 1 }\n\
         [[connection.rule]]\nname = \"b\"\nwhen = { category = \"X\" }\nthen = { tax = \"VAT\" }",
    );
    assert_eq!(
        parse(&text).unwrap().connections[0]
            .engine
            .rules
            .rules
            .len(),
        2
    );
}

#[test]
fn http_is_taken_to_this_machine_and_where_it_is_allowed() {
    for services in [
        "expensify = \"http://127.0.0.1:1\"",
        "expensify = \"http://localhost:1\"",
        "freshbooks = \"http://[::1]:1\"",
        "expensify = \"http://10.0.0.1:1\"\nallow_insecure_http = true",
        "expensify = \"https://example.com\"",
    ] {
        assert!(
            parse(&with(&format!("[services]\n{services}"))).is_ok(),
            "{services}"
        );
    }
}

#[test]
fn a_connection_is_found_by_name_and_only_by_name() {
    let config = parse(&with(
        "[[connection]]\nname = \"other\"\nstart_date = 2026-11-01\nworkspaces = [\"B2\"]",
    ))
    .unwrap();
    assert_eq!(config.selected(None).unwrap().len(), 2);
    assert_eq!(config.single(Some("other")).unwrap().id().as_str(), "other");
    assert!(config.single(None).is_err());
    assert!(config.single(Some("third")).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// The template with a part cut out, put elsewhere, or replaced by what nobody would write.
    #[test]
    fn any_damaged_configuration_is_taken_or_refused_with_places_and_fixes(
        from in 0_usize..6000, length in 0_usize..80, to in 0_usize..6000,
        noise in prop_oneof![".{0,12}", "[\\[\\]{}=\"'#\n,.0-9a-z-]{0,12}", Just(String::from("9999-99-99")), Just(String::from("-1"))],
        uncommented in any::<bool>(), moves in any::<bool>(),
    ) {
        let text = crate::config::TEMPLATE.replace("@START_DATE@", "2026-11-01");
        let text = if uncommented { text.replace("\n# ", "\n") } else { text };
        let mut letters: Vec<char> = text.chars().collect();
        let from = from % letters.len();
        let end = (from + length).min(letters.len());
        let cut: Vec<char> = letters.drain(from..end).collect();
        let to = to % letters.len();
        let put: Vec<char> = if moves { cut } else { noise.chars().collect() };
        letters.splice(to..to, put);
        if let Err(failure) = parse(&letters.into_iter().collect::<String>()) {
            prop_assert!(!failure.complaints.is_empty());
            for complaint in failure.complaints {
                prop_assert!(complaint.what.contains("x.toml"), "{complaint:?}");
                prop_assert!(!complaint.fix.is_empty(), "{complaint:?}");
            }
        }
    }

    #[test]
    fn any_text_at_all_is_no_panic(text in "(?s).{0,200}") {
        let _ = parse(&text);
    }
}

#[test]
fn a_key_in_the_keyring_needs_its_entry_named_and_bounds_its_wait() {
    let vault = |lines: &str| parse(&format!("{GOOD}[vault]\n{lines}\n"));
    let config = vault("key_keyring = \"books\"\nkeyring_timeout = \"5s\"").unwrap();
    let KeySource::Keyring(entry) = config.key else {
        panic!("{:?}", config.key);
    };
    assert_eq!(entry.name, "books");
    assert_eq!(entry.timeout, Some(std::time::Duration::from_secs(5)));
    assert!(!entry.in_kernel);
    for (lines, part) in [
        (
            "keyring = \"kernel\"",
            "vault.keyring: says how to use a keyring",
        ),
        (
            "key_env = \"K\"\nkeyring_timeout = \"5s\"",
            "vault.keyring_timeout: says how",
        ),
        (
            "key_keyring = \"a\"\nkeyring_timeout = \"1h\"",
            "vault.keyring_timeout: 1h is out of bounds",
        ),
        ("key_keyring = \" \"", "vault.key_keyring"),
        (
            "key_keyring = \"a\"\nkeyring = \"dbus\"",
            "vault.keyring: \"dbus\" is not a known word",
        ),
        (
            "key_file = \"k\"\nkey_keyring = \"a\"",
            "vault.key_keyring: contradicts `key_file`",
        ),
    ] {
        let said = complaints(&format!("{GOOD}[vault]\n{lines}\n"));
        assert!(
            said.iter().any(|(what, _)| what.contains(part)),
            "{lines}: {said:?}"
        );
    }
}
