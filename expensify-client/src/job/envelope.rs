//! The one shape of all requests: a form with a JSON object in the field `requestJobDescription`.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use chrono::NaiveDate;
use http::header::{ACCEPT, CONTENT_TYPE};
use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;
use url::form_urlencoded::Serializer;

use super::contract::Job;
use crate::auth::Credentials;
use crate::error::Error;
use crate::response::Expected;

/// The form field that every job has.
const DESCRIPTION: &str = "requestJobDescription";

/// Path of the one endpoint below the base URL.
const ENDPOINT: &str = "Integration-Server/ExpensifyIntegrations";

/// A job ready to be addressed, signed and sent. Built by the functions of this type, each for one job.
#[derive(Clone, Debug)]
pub struct JobRequest {
    name: &'static str,
    expected: Expected,
    safe_to_retry: bool,
    /// Form fields beside the description: their names and their texts.
    attached: Vec<(&'static str, Cow<'static, str>)>,
    fields: Map<String, Value>,
    /// Where secrets belong in the fields, as JSON pointers.
    secrets: Vec<(String, SecretString)>,
}

/// Body of a request. It carries the credentials, so its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct FormBody {
    bytes: Bytes,
    job: &'static str,
    redacted: String,
}

impl FormBody {
    /// The bytes to send. They hold the secret.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Name of the job.
    pub const fn job(&self) -> &'static str {
        self.job
    }

    /// The description of the job without a secret in it, as JSON: fit to be kept, though it may name people.
    pub fn redacted(&self) -> &str {
        &self.redacted
    }
}

impl fmt::Debug for FormBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FormBody([redacted, {} bytes])", self.bytes.len())
    }
}

impl JobRequest {
    pub(super) fn new<J: Job>(fields: Map<String, Value>) -> Self {
        Self::build(J::SHAPES.job, J::EXPECTED, J::SAFE_TO_RETRY, fields)
    }

    pub(super) fn build(
        name: &'static str,
        expected: Expected,
        safe_to_retry: bool,
        fields: Map<String, Value>,
    ) -> Self {
        Self {
            name,
            expected,
            safe_to_retry,
            attached: Vec::new(),
            fields,
            secrets: Vec::new(),
        }
    }

    pub(super) fn with_template(self, template: Cow<'static, str>) -> Self {
        self.with_field("template", template)
    }

    /// Adds a form field beside the description.
    pub(super) fn with_field(mut self, name: &'static str, text: Cow<'static, str>) -> Self {
        self.attached.push((name, text));
        self
    }

    /// Keeps a secret apart until the request is written; `pointer` is where a null stands for it.
    pub(super) fn with_secret(mut self, pointer: String, secret: &SecretString) -> Self {
        self.secrets.push((pointer, secret.clone()));
        self
    }

    /// Name of the job, for traces.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What a successful answer looks like.
    pub const fn expected(&self) -> Expected {
        self.expected
    }

    /// Whether it only reads, as its [`Job::SAFE_TO_RETRY`] has it.
    pub const fn is_safe_to_retry(&self) -> bool {
        self.safe_to_retry
    }

    /// The job as a POST below `base_url`, the only method that keeps the secret out of access logs.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if the endpoint cannot be joined to `base_url`, or if that holds
    /// user info, which would be shown wherever the address is.
    pub fn to_http(
        &self,
        base_url: &Url,
        credentials: &Credentials,
    ) -> Result<http::Request<FormBody>, Error> {
        let mut form = Serializer::new(String::new());
        form.append_pair(DESCRIPTION, &credentials.sign(&self.fields, &self.secrets));
        for (name, text) in &self.attached {
            form.append_pair(name, text);
        }
        http::Request::post(endpoint(base_url)?.as_str())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "*/*")
            .body(FormBody {
                bytes: Bytes::from(form.finish()),
                job: self.name,
                redacted: Credentials::redact(&self.fields, &self.secrets),
            })
            .map_err(|_| Error::invalid("the base URL cannot carry a request"))
    }
}

/// The members of a description that was written as an object.
pub(super) fn fields(description: Value) -> Map<String, Value> {
    match description {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

/// `yyyy-MM-dd`, as the service has it.
pub(super) fn date(day: NaiveDate) -> Value {
    day.format("%Y-%m-%d").to_string().into()
}

fn endpoint(base_url: &Url) -> Result<Url, Error> {
    if !base_url.username().is_empty() || base_url.password().is_some() {
        return Err(Error::invalid("the base URL holds user info"));
    }
    let mut base = base_url.clone();
    if !base.path().ends_with('/') {
        let path = format!("{}/", base.path());
        base.set_path(&path);
    }
    base.join(ENDPOINT)
        .map_err(|_| Error::invalid("the base URL has no path to join to"))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use serde_json::json;

    use super::*;
    use crate::template::Template;

    #[test]
    fn the_endpoint_stands_below_the_base_url() {
        for (base, expected) in [
            (
                "https://integrations.expensify.com",
                "https://integrations.expensify.com/Integration-Server/ExpensifyIntegrations",
            ),
            (
                "http://127.0.0.1:8080/expensify",
                "http://127.0.0.1:8080/expensify/Integration-Server/ExpensifyIntegrations",
            ),
            (
                "http://localhost/a/",
                "http://localhost/a/Integration-Server/ExpensifyIntegrations",
            ),
        ] {
            assert_eq!(
                endpoint(&Url::parse(base).unwrap()).unwrap().as_str(),
                expected
            );
        }
    }

    #[test]
    fn the_form_survives_every_character_and_debug_shows_no_secret() {
        let credentials = Credentials::new(
            SecretString::from("aa_&+%=id"),
            SecretString::from("s3cr3t&\"\\+%"),
        );
        let job = JobRequest::build(
            "test",
            Expected::Object,
            true,
            fields(json!({"type": "get", "x": "a&b+c%d \u{1f355}"})),
        )
        .with_template(Template::Export.source().into());
        let request = job
            .to_http(&Url::parse("http://localhost").unwrap(), &credentials)
            .unwrap();
        let shown = format!("{request:?} {credentials:?} {job:?}");
        assert!(
            !shown.contains("s3cr3t") && !shown.contains("aa_"),
            "{shown}"
        );

        assert_eq!(request.method(), http::Method::POST);
        assert_eq!(request.uri().query(), None);
        let body = request.into_body().into_bytes();
        let form: Vec<_> = url::form_urlencoded::parse(&body).into_owned().collect();
        assert_eq!(
            form[1],
            ("template".to_owned(), Template::Export.source().to_owned())
        );
        let sent: Value = serde_json::from_str(&form[0].1).unwrap();
        let expected = json!({
            "type": "get", "x": "a&b+c%d \u{1f355}",
            "credentials": {"partnerUserID": "aa_&+%=id", "partnerUserSecret": "s3cr3t&\"\\+%"},
        });
        assert_eq!(sent, expected);
    }
}
