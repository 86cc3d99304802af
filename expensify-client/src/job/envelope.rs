//! The one shape of all requests: a form with a JSON object in the field `requestJobDescription`.

use std::fmt;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde::Serialize;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::auth::{Credentials, WireCredentials};
use crate::error::Error;
use crate::response::Expected;
use crate::template::Template;

/// Path of the one endpoint below the base URL.
const ENDPOINT: &str = "Integration-Server/ExpensifyIntegrations";

/// A job ready to be addressed, signed and sent. Built by the functions of this type, each for one job.
#[derive(Clone, Debug)]
pub struct JobRequest {
    name: &'static str,
    expected: Expected,
    template: Option<Template>,
    fields: serde_json::Map<String, serde_json::Value>,
}

/// Body of a request. It carries the credentials, so its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct FormBody(Bytes);

impl FormBody {
    /// The bytes to send. They hold the secret.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl fmt::Debug for FormBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FormBody([redacted, {} bytes])", self.0.len())
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    credentials: WireCredentials<'a>,
    #[serde(flatten)]
    fields: &'a serde_json::Map<String, serde_json::Value>,
}

impl JobRequest {
    pub(super) fn new(name: &'static str, expected: Expected, fields: serde_json::Value) -> Self {
        let fields = if let serde_json::Value::Object(fields) = fields {
            fields
        } else {
            serde_json::Map::new()
        };
        Self {
            name,
            expected,
            template: None,
            fields,
        }
    }

    pub(super) fn with_template(mut self, template: Template) -> Self {
        self.template = Some(template);
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

    /// The job as a POST below `base_url`, the only method that keeps the secret out of access logs.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if the endpoint cannot be joined to `base_url`.
    pub fn to_http(
        &self,
        base_url: &Url,
        credentials: &Credentials,
    ) -> Result<http::Request<FormBody>, Error> {
        let envelope = Envelope {
            credentials: credentials.wire(),
            fields: &self.fields,
        };
        let description = serde_json::to_string(&envelope)
            .map_err(|_| Error::invalid("the job cannot be written as JSON"))?;
        let mut form = Serializer::new(String::new());
        form.append_pair("requestJobDescription", &description);
        if let Some(template) = self.template {
            form.append_pair("template", template.source());
        }
        http::Request::post(endpoint(base_url)?.as_str())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "*/*")
            .body(FormBody(Bytes::from(form.finish())))
            .map_err(|_| Error::invalid("the base URL cannot carry a request"))
    }
}

fn endpoint(base_url: &Url) -> Result<Url, Error> {
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
        let job = JobRequest::new(
            "test",
            Expected::Object,
            json!({"type": "get", "x": "a&b+c%d \u{1f355}"}),
        )
        .with_template(Template::Export);
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
        let sent: serde_json::Value = serde_json::from_str(&form[0].1).unwrap();
        let expected = json!({
            "type": "get", "x": "a&b+c%d \u{1f355}",
            "credentials": {"partnerUserID": "aa_&+%=id", "partnerUserSecret": "s3cr3t&\"\\+%"},
        });
        assert_eq!(sent, expected);
    }
}
