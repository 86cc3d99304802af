//! Posts webhook deliveries, to loopback addresses only.

use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::freshbooks::Delivery;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Posts deliveries one after another, in the order they arose.
pub(crate) async fn run(mut queue: UnboundedReceiver<Delivery>) {
    while let Some(delivery) = queue.recv().await {
        match tokio::time::timeout(TIMEOUT, post(&delivery)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(uri = delivery.uri, %error, "webhook delivery failed"),
            Err(_) => tracing::warn!(uri = delivery.uri, "webhook delivery timed out"),
        }
    }
}

async fn post(delivery: &Delivery) -> std::io::Result<()> {
    let Some(target) = loopback(&delivery.uri) else {
        tracing::warn!(
            uri = delivery.uri,
            "webhook address is not an http address on loopback; nothing is sent"
        );
        return Ok(());
    };
    let mut stream = TcpStream::connect((target.address, target.port)).await?;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         X-FreshBooks-Hmac-SHA256: {}\r\nConnection: close\r\n\r\n",
        target.path,
        target.address,
        target.port,
        delivery.body.len(),
        delivery.signature
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(delivery.body.as_bytes()).await?;
    // The answer is read so that the receiver has it taken; what it says changes nothing.
    let mut answer = [0; 1024];
    stream.read(&mut answer).await.map(|_| ())
}

struct Target {
    address: IpAddr,
    port: u16,
    path: String,
}

fn loopback(uri: &str) -> Option<Target> {
    let url = url::Url::parse(uri)
        .ok()
        .filter(|url| url.scheme() == "http")?;
    let address = match url.host()? {
        url::Host::Domain("localhost") => IpAddr::from([127, 0, 0, 1]),
        url::Host::Domain(_) => return None,
        url::Host::Ipv4(address) => address.into(),
        url::Host::Ipv6(address) => address.into(),
    };
    let path = url.query().map_or_else(
        || url.path().to_owned(),
        |query| format!("{}?{query}", url.path()),
    );
    address.is_loopback().then_some(Target {
        address,
        port: url.port_or_known_default()?,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_ever_contacted() {
        for (uri, allowed) in [
            ("http://127.0.0.1:9000/hook", true),
            ("http://localhost:9000/hook?x=1", true),
            ("http://[::1]:9000/", true),
            ("https://127.0.0.1:9000/hook", false),
            ("http://192.0.2.1/hook", false),
            ("http://example.test/hook", false),
        ] {
            assert_eq!(loopback(uri).is_some(), allowed, "{uri}");
        }
    }
}
