//! The name a request is counted under.

/// The method and the path with its identifiers blanked: `PUT /accounting/account/{account}/bills/bills/{id}`.
pub(crate) fn kind(method: &str, segments: &[&str]) -> String {
    let mut name = format!("{method} ");
    for (index, segment) in segments.iter().enumerate() {
        let before = index
            .checked_sub(1)
            .and_then(|before| segments.get(before))
            .copied()
            .unwrap_or_default();
        name.push('/');
        match before {
            "account" => name.push_str("{account}"),
            "business" | "businesses" => name.push_str("{business}"),
            _ if is_id(segment) => name.push_str("{id}"),
            _ => name.push_str(segment),
        }
    }
    name
}

fn is_id(segment: &str) -> bool {
    let hexadecimal = segment.len() == 36
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    hexadecimal || segment.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    #[test]
    fn identifiers_are_blanked() {
        for (path, expected) in [
            (
                "accounting/account/zDmNq/bills/bills/12",
                "GET /accounting/account/{account}/bills/bills/{id}",
            ),
            (
                "projects/business/77128/projects",
                "GET /projects/business/{business}/projects",
            ),
            ("auth/api/v1/users/me", "GET /auth/api/v1/users/me"),
        ] {
            let segments: Vec<&str> = path.split('/').collect();
            assert_eq!(super::kind("GET", &segments), expected);
        }
    }
}
