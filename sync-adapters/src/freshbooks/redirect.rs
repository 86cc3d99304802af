//! The end of the redirect: an https listener on loopback, with a certificate it makes for itself.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Datelike as _, Days, Utc};
use sha2::{Digest as _, Sha256};
use sync_core::{Error, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::server::TlsStream;
use url::{Host, Url};

use super::Consent;

/// Longest wait for one TLS handshake. Browsers open connections ahead of need and leave them silent.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// Time the browser has to fetch the last page when the listener ends.
const FAREWELL_MAX: Duration = Duration::from_secs(2);

/// Listens on this machine for the address FreshBooks sends a person back to.
///
/// FreshBooks takes https redirects only, and nobody issues certificates for `localhost`. So the listener makes one for
/// itself, for two days; the browser warns of it, and the person compares [`fingerprint`](Self::fingerprint) and goes on.
#[derive(Debug)]
pub struct RedirectListener {
    tcp: TcpListener,
    config: Arc<ServerConfig>,
    redirect: Url,
    certificate: Vec<u8>,
}

impl RedirectListener {
    /// Listens where a redirect URI points: `https`, `localhost` or a loopback address, any path. Port 0 takes a free one.
    ///
    /// # Errors
    /// `Invalid` when the URI points elsewhere or its port cannot be had, saying what to register in its place.
    pub async fn bind(redirect: &Url, now: DateTime<Utc>) -> Result<Self> {
        let address = loopback(redirect)?;
        let tcp = TcpListener::bind(address).await;
        let tcp = tcp.map_err(|error| {
            Error::invalid(format!(
                "listen on {address}: {error}; register a redirect with another port at the application, such as \
                 https://localhost:8910/callback"
            ))
        })?;
        let bound = tcp.local_addr().map_err(set_up)?;
        let mut redirect = redirect.clone();
        // It had a host, or it would not point to this machine; so it takes a port.
        let _ = redirect.set_port(Some(bound.port()));
        let (config, certificate) = own_certificate(now)?;
        Ok(Self {
            tcp,
            config,
            redirect,
            certificate,
        })
    }

    /// The redirect URI that leads here. It must be registered at the application.
    pub const fn redirect_uri(&self) -> &Url {
        &self.redirect
    }

    /// The certificate, for a client that is to trust it.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// SHA-256 of the certificate, as browsers show it.
    pub fn fingerprint(&self) -> String {
        let pairs: Vec<String> = Sha256::digest(&self.certificate)
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        pairs.join(":")
    }

    /// Waits for the answer to a request for consent and returns the address it came to, for [`Consent::finish`].
    ///
    /// Only an address with the request's own state counts, once; anything else is told so in the browser, and waiting
    /// goes on.
    ///
    /// # Errors
    /// `Unavailable` when no answer came within `patience`.
    pub async fn answer(self, consent: &Consent, patience: Duration) -> Result<String> {
        let (sender, answered) = oneshot::channel();
        let desk = Arc::new(Desk {
            redirect: self.redirect,
            belongs: consent.recognizer(),
            sender: Mutex::new(Some(sender)),
        });
        let router = Router::new().fallback(receive).with_state(desk);
        let tls = Tls {
            tcp: self.tcp,
            acceptor: TlsAcceptor::from(self.config),
            handshakes: JoinSet::new(),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(tls, router).with_graceful_shutdown(async move {
            // Dropped or sent, it means the same.
            let _ = stopped.await;
        });
        let serving = tokio::spawn(serving.into_future());
        let answer = timeout(patience, answered).await;
        drop(stop);
        let abort = serving.abort_handle();
        if timeout(FAREWELL_MAX, serving).await.is_err() {
            abort.abort();
        }
        match answer {
            Ok(Ok(address)) => Ok(address),
            Ok(Err(_)) | Err(_) => Err(Error::unavailable(format!(
                "wait for FreshBooks' answer: none came within {} s; begin anew",
                patience.as_secs()
            ))),
        }
    }
}

/// Where the answer is taken in.
struct Desk {
    redirect: Url,
    belongs: Box<dyn Fn(&Url) -> bool + Send + Sync>,
    /// Taken with the answer: a state is good for one.
    sender: Mutex<Option<oneshot::Sender<String>>>,
}

async fn receive(State(desk): State<Arc<Desk>>, method: Method, uri: Uri) -> Response {
    if uri.path() != desk.redirect.path() {
        return page(StatusCode::NOT_FOUND, "There is nothing here.");
    }
    let mut address = desk.redirect.clone();
    address.set_query(uri.query());
    if method != Method::GET || !(desk.belongs)(&address) {
        let text = "This address does not belong to the request that is waited for. Open the page that the program shows, and no older one.";
        return page(StatusCode::BAD_REQUEST, text);
    }
    let sender = desk
        .sender
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    match sender.map(|sender| sender.send(address.into())) {
        Some(Ok(())) => page(
            StatusCode::OK,
            "The answer has arrived. Close this window and go back to the program.",
        ),
        Some(Err(_)) | None => page(StatusCode::GONE, "This request was answered already."),
    }
}

/// Plain text: no script, nothing to load, nothing kept.
fn page(status: StatusCode, text: &'static str) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, text).into_response()
}

/// TLS over loopback. Handshakes run beside each other, so that a silent connection holds up no other.
struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
    handshakes: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
}

impl axum::serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            tokio::select! {
                accepted = self.tcp.accept() => match accepted {
                    Ok((stream, address)) => {
                        let acceptor = self.acceptor.clone();
                        // A browser that does not know the certificate breaks off; it comes again once the person goes on.
                        self.handshakes.spawn(async move {
                            let stream = timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await;
                            Some((stream.ok()?.ok()?, address))
                        });
                    }
                    // Such as too many open files: gone in a while, or the patience ends.
                    Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
                },
                Some(done) = self.handshakes.join_next() => if let Ok(Some(connection)) = done {
                    return connection;
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

fn loopback(redirect: &Url) -> Result<SocketAddr> {
    let address = match redirect.host() {
        Some(Host::Domain("localhost")) => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) | None => None,
    };
    match (address, redirect.scheme(), redirect.port_or_known_default()) {
        (Some(address), "https", Some(port)) if address.is_loopback() => {
            Ok(SocketAddr::new(address, port))
        }
        _ => Err(Error::invalid(format!(
            "listen for the redirect: {redirect} does not lead to this machine; register \
             https://localhost:8910/callback at the application and use it, or paste the address instead of listening"
        ))),
    }
}

/// A certificate for this machine, for yesterday till tomorrow, and TLS with it.
fn own_certificate(now: DateTime<Utc>) -> Result<(Arc<ServerConfig>, Vec<u8>)> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut params = rcgen::CertificateParams::new(names).map_err(set_up)?;
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "ml-connector on this machine");
    // A long life would make some browsers refuse it outright.
    let from = now - Days::new(1);
    let to = now + Days::new(2);
    params.not_before = rcgen::date_time_ymd(from.year(), byte(from.month()), byte(from.day()));
    params.not_after = rcgen::date_time_ymd(to.year(), byte(to.month()), byte(to.day()));
    let key = rcgen::KeyPair::generate().map_err(set_up)?;
    let certificate = params.self_signed(&key).map_err(set_up)?;
    let der = certificate.der().to_vec();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(set_up)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .map_err(set_up)?;
    Ok((Arc::new(config), der))
}

/// Months and days of a calendar fit into a byte.
fn byte(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(1)
}

fn set_up(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::invalid("set up the https listener for the redirect").with_source(error)
}
