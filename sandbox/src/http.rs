//! A request as the services see it, and their answer to it.

use bytes::Bytes;
use serde_json::{Map, Value};

/// One request, read whole.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) authorization: Option<String>,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

impl Incoming {
    /// The path cut at its slashes, percent-decoded; empty pieces (doubled or trailing slashes) are left out.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path
            .split('/')
            .filter(|piece| !piece.is_empty())
            .collect()
    }

    /// The query's pairs, decoded, in order.
    pub(crate) fn query_pairs(&self) -> Vec<(String, String)> {
        form_pairs(self.query.as_bytes())
    }

    /// The body as JSON; `None` when it is not JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The same request with other fields in the object that its JSON body holds under one key; `None` without such a body.
    pub(crate) fn altered(&self, fields: &Map<String, Value>) -> Option<Self> {
        let mut body = self.json()?;
        for object in body
            .as_object_mut()?
            .values_mut()
            .filter_map(Value::as_object_mut)
        {
            object.extend(fields.clone());
        }
        let body = Bytes::from(body.to_string());
        Some(Self {
            body,
            ..self.clone()
        })
    }

    /// Fields of the body, whichever of the three encodings it uses: form, multipart or a flat JSON object.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        if self.content_type.starts_with("multipart/form-data") {
            return multipart_fields(&self.content_type, &self.body);
        }
        if let Some(Value::Object(map)) = self.json() {
            return map
                .into_iter()
                .filter_map(|(key, value)| scalar(&value).map(|text| (key, text)))
                .collect();
        }
        form_pairs(&self.body)
    }

    /// The bearer token, if the request carries one.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.authorization.as_deref()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
}

/// Decodes `application/x-www-form-urlencoded` bytes.
pub(crate) fn form_pairs(bytes: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}

/// The text of a JSON scalar, without quotes.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn multipart_fields(content_type: &str, body: &[u8]) -> Vec<(String, String)> {
    let Some(boundary) = content_type.split("boundary=").nth(1) else {
        return Vec::new();
    };
    let boundary = boundary
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .trim_matches('"');
    if boundary.is_empty() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(body);
    text.split(&format!("--{boundary}"))
        .filter_map(multipart_field)
        .collect()
}

fn multipart_field(part: &str) -> Option<(String, String)> {
    let (head, value) = part.split_once("\r\n\r\n")?;
    let name = head.split("name=\"").nth(1)?.split('"').next()?;
    Some((
        name.to_owned(),
        value.strip_suffix("\r\n").unwrap_or(value).to_owned(),
    ))
}

/// The service's answer, before any fault touches it.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::of(status, "application/json", value.to_string())
    }

    pub(crate) fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::of(status, "text/plain;charset=utf-8", body)
    }

    pub(crate) fn html(status: u16, body: impl Into<Bytes>) -> Self {
        Self::of(status, "text/html;charset=utf-8", body)
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self::of(status, "text/plain", Bytes::new())
    }

    fn of(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content_type: &str, body: &str) -> Incoming {
        Incoming {
            method: "POST".into(),
            path: "/a//b/".into(),
            query: "search%5Bvendorid%5D=5&page=2".into(),
            authorization: Some("bearer abc".into()),
            content_type: content_type.into(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn fields_are_read_from_form_json_and_multipart() {
        let multipart =
            "--xx\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\nab c\r\n--xx--\r\n";
        for (kind, body) in [
            ("application/x-www-form-urlencoded", "code=ab+c"),
            ("application/json", r#"{"code":"ab c"}"#),
            ("multipart/form-data; boundary=xx", multipart),
        ] {
            assert_eq!(
                request(kind, body).fields(),
                vec![("code".to_owned(), "ab c".to_owned())],
                "{kind}"
            );
        }
    }

    #[test]
    fn paths_queries_and_bearers_are_taken_apart() {
        let request = request("", "");
        assert_eq!(request.segments(), ["a", "b"]);
        assert_eq!(
            request.query_pairs()[0],
            ("search[vendorid]".to_owned(), "5".to_owned())
        );
        assert_eq!(request.bearer(), Some("abc"));
    }
}
