//! Answers changed on their way: what the services may say one day, and what the stand-ins cannot be made to say.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use expensify_client as expensify;
use freshbooks_client as freshbooks;
use http::{Request, Response};
use serde_json::Value;

/// Changes an export on its way; other answers of Expensify pass.
#[derive(Clone)]
pub struct ChangedExport(pub Arc<dyn Fn(String) -> String + Send + Sync>);

/// Changes every JSON answer of FreshBooks on its way.
#[derive(Clone)]
pub struct ChangedReplies(pub Arc<dyn Fn(&mut Value) + Send + Sync>);

impl fmt::Debug for ChangedExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangedExport(..)")
    }
}

impl fmt::Debug for ChangedReplies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangedReplies(..)")
    }
}

/// A transport to Expensify with changed exports.
#[derive(Debug)]
pub(crate) struct ExpensifyTransport {
    pub(crate) inner: expensify::HttpTransport,
    pub(crate) change: ChangedExport,
}

#[async_trait]
impl expensify::Transport for ExpensifyTransport {
    async fn send(
        &self,
        request: Request<expensify::FormBody>,
    ) -> Result<Response<expensify::Body>, expensify::TransportError> {
        let (parts, mut body) = self.inner.send(request).await?.into_parts();
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next_chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let text = if text.starts_with("{\"k\":\"begin\"") {
            (self.change.0)(text)
        } else {
            text
        };
        Ok(Response::from_parts(parts, expensify::Body::whole(text)))
    }
}

/// A transport to FreshBooks with changed replies.
#[derive(Debug)]
pub(crate) struct FreshBooksTransport {
    pub(crate) inner: freshbooks::HttpTransport,
    pub(crate) change: ChangedReplies,
}

#[async_trait]
impl freshbooks::Transport for FreshBooksTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, freshbooks::TransportError> {
        let (parts, body) = self.inner.send(request).await?.into_parts();
        let Ok(mut value) = serde_json::from_slice::<Value>(&body) else {
            return Ok(Response::from_parts(parts, body));
        };
        (self.change.0)(&mut value);
        Ok(Response::from_parts(parts, value.to_string().into()))
    }
}
