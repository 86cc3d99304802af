//! Accepts connections, reads requests, applies faults before and after the work.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming as HyperBody;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::body::ReplyBody;
use super::connection::{Connection, Ending};
use crate::control;
use crate::fault::{Effect, Service};
use crate::http::{Incoming, Reply};
use crate::world::World;

/// Largest request body read.
const BODY_MAX: usize = 16 * 1024 * 1024;

const HTML: &str =
    "<html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>";

/// A connection that ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("connection closed by a fault")]
struct Dropped;

/// Serves one port until told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    service: Service,
    world: Arc<World>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(converse(stream, service, Arc::clone(&world), stop.clone()))),
                Err(error) => tracing::warn!(%error, "accept failed"),
            },
            _ = connections.join_next(), if !connections.is_empty() => {}
            _ = stop.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn converse(
    stream: TcpStream,
    service: Service,
    world: Arc<World>,
    mut stop: watch::Receiver<bool>,
) {
    // Answers are small; waiting to fill a packet would only slow them.
    let _ = stream.set_nodelay(true);
    let ending = Ending::default();
    let io = TokioIo::new(Connection::new(stream, ending.clone()));
    let answer = service_fn(|request| answer(request, service, Arc::clone(&world), ending.clone()));
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(io, answer);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => {
            if let Err(error) = ended {
                tracing::debug!(%error, "connection ended");
            }
            return;
        }
        _ = stop.changed() => connection.as_mut().graceful_shutdown(),
    }
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection ended");
    }
}

async fn answer(
    request: Request<HyperBody>,
    service: Service,
    world: Arc<World>,
    ending: Ending,
) -> Result<Response<ReplyBody>, Dropped> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_MAX).collect().await else {
        return Err(Dropped);
    };
    let incoming = Incoming {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        authorization: header(&parts.headers, &AUTHORIZATION),
        content_type: header(&parts.headers, &CONTENT_TYPE).unwrap_or_default(),
        body: body.to_bytes(),
    };
    if incoming.segments().first() == Some(&control::PREFIX) {
        return Ok(whole(control::handle(&world, &incoming)));
    }
    let noted = world.note(service, &incoming);
    for effect in &noted.effects {
        if let Some(reply) = before(effect, &ending).await? {
            return Ok(whole(reply));
        }
    }
    let mut reply = world.carry_out(service, &incoming, &noted);
    let mut kept = None;
    for effect in &noted.effects {
        if let Effect::Truncate { bytes } = effect {
            kept = Some(*bytes);
        }
        reply = after(effect, reply, &ending).await?;
    }
    Ok(match kept {
        Some(kept) => {
            let body = ReplyBody::broken(&reply.body, kept);
            respond(&reply, body)
        }
        None => whole(reply),
    })
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Faults that strike before the work; an answer means the work is not done.
async fn before(effect: &Effect, ending: &Ending) -> Result<Option<Reply>, Dropped> {
    match effect {
        Effect::DropBefore => Err(Dropped),
        Effect::ResetBefore => {
            ending.reset();
            Err(Dropped)
        }
        Effect::StatusBefore { status } => Ok(Some(Reply::html(*status, error_page(*status)))),
        Effect::DelayBefore { ms } => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            Ok(None)
        }
        Effect::Throttle { retry_after } => {
            let reply = Reply::json(
                429,
                &serde_json::json!({"message": "Too many requests", "responseCode": 429}),
            );
            Ok(Some(match retry_after {
                Some(seconds) => reply.with_header("retry-after", seconds.to_string()),
                None => reply,
            }))
        }
        Effect::HtmlBefore => Ok(Some(Reply::html(200, HTML))),
        Effect::DropAfter
        | Effect::ResetAfter
        | Effect::StatusAfter { .. }
        | Effect::DelayAfter { .. }
        | Effect::Truncate { .. }
        | Effect::CutBody { .. }
        | Effect::HtmlAfter
        | Effect::EmptyAfter
        | Effect::ExpireToken
        | Effect::Alter { .. }
        | Effect::StaleList { .. } => Ok(None),
    }
}

/// Faults that strike after the work.
async fn after(effect: &Effect, reply: Reply, ending: &Ending) -> Result<Reply, Dropped> {
    match effect {
        Effect::DropAfter => Err(Dropped),
        Effect::ResetAfter => {
            ending.reset();
            Err(Dropped)
        }
        Effect::StatusAfter { status } => Ok(Reply::html(*status, error_page(*status))),
        Effect::DelayAfter { ms } => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            Ok(reply)
        }
        Effect::CutBody { bytes } => {
            let kept = reply.body.slice(..(*bytes).min(reply.body.len()));
            Ok(Reply {
                body: kept,
                ..reply
            })
        }
        Effect::HtmlAfter => Ok(Reply::html(200, HTML)),
        Effect::EmptyAfter => Ok(Reply {
            body: Bytes::new(),
            ..reply
        }),
        Effect::DropBefore
        | Effect::ResetBefore
        | Effect::StatusBefore { .. }
        | Effect::DelayBefore { .. }
        | Effect::Truncate { .. }
        | Effect::Throttle { .. }
        | Effect::HtmlBefore
        | Effect::ExpireToken
        | Effect::Alter { .. }
        | Effect::StaleList { .. } => Ok(reply),
    }
}

fn error_page(status: u16) -> String {
    format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>")
}

fn whole(reply: Reply) -> Response<ReplyBody> {
    let head = Reply {
        body: Bytes::new(),
        ..reply
    };
    respond(&head, ReplyBody::whole(reply.body))
}

fn respond(reply: &Reply, body: ReplyBody) -> Response<ReplyBody> {
    let mut builder = Response::builder().status(reply.status);
    if reply.status != 204 {
        builder = builder.header(CONTENT_TYPE, reply.content_type);
    }
    for (name, value) in &reply.headers {
        builder = builder.header(*name, value);
    }
    builder.body(body).unwrap_or_else(|_| {
        // Only a status outside 100 to 999 or a header with a line break gets here, both from a scenario's own text.
        let mut fallback = Response::new(ReplyBody::whole(Bytes::from_static(
            b"the sandbox cannot send this reply",
        )));
        *fallback.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        fallback
    })
}
