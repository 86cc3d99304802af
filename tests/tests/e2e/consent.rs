//! A person's consent, sent back to a listener on this machine instead of being pasted.

use std::time::Duration;

use freshbooks_client::oauth::Scope;
use reqwest::{Certificate, Client, StatusCode, Url};
use sync_adapters::{Consent, RedirectListener, granted_scopes};
use sync_core::ErrorKind;
use sync_core::model::{ConnectionId, Provider};
use sync_core::ports::{Clock as _, Credential, CredentialStore as _};
use sync_tests::{Rig, SandboxClock};
use tokio::task::JoinHandle;

const STATE: &str = "a state that nobody else can know";

/// A request for consent whose answer is listened for.
struct Waiting {
    rig: Rig,
    clock: SandboxClock,
    /// The page a person opens.
    page: Url,
    redirect: Url,
    /// Trusts the listener's certificate and no other.
    browser: Client,
    answer: JoinHandle<(Consent, sync_core::Result<String>)>,
}

async fn waiting(patience: Duration) -> Waiting {
    let rig = Rig::demo().await;
    let clock = SandboxClock(rig.sandbox.clock().clone());
    let anywhere = Url::parse("https://localhost:0/callback").unwrap();
    // Browsers look at the real clock.
    let listener = RedirectListener::bind(&anywhere, chrono::Utc::now())
        .await
        .unwrap();
    let scenario = sync_sandbox::Scenario::demo();
    let app = &scenario.freshbooks.oauth;
    let consent = Consent::new(
        &app.client_id,
        app.client_secret.clone().into(),
        listener.redirect_uri().as_str(),
        STATE.into(),
        Some(&rig.sandbox.freshbooks_url()),
    )
    .unwrap();
    let certificate = Certificate::from_der(listener.certificate_der()).unwrap();
    let browser = Client::builder()
        .tls_certs_only([certificate])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    // Behind one base URL the consent page is under another path than on FreshBooks' own host.
    let page = consent.page(&[]);
    let page = page.replace("/auth/oauth/authorize", "/oauth/authorize");
    let redirect = listener.redirect_uri().clone();
    let answer = tokio::spawn(async move {
        let answer = listener.answer(&consent, patience).await;
        (consent, answer)
    });
    Waiting {
        rig,
        clock,
        page: Url::parse(&page).unwrap(),
        redirect,
        browser,
        answer,
    }
}

impl Waiting {
    async fn get(&self, path_and_query: &str) -> (StatusCode, String) {
        let address = self.redirect.join(path_and_query).unwrap();
        let answer = self.browser.get(address).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
}

#[tokio::test]
async fn the_redirect_comes_to_the_listener_over_tls_and_becomes_the_grant() {
    let waiting = waiting(Duration::from_mins(1)).await;
    // A stranger's addresses change nothing.
    for (address, status) in [
        ("/callback?code=c0de&state=another", StatusCode::BAD_REQUEST),
        ("/callback?code=c0de", StatusCode::BAD_REQUEST),
        ("/callback?error=access_denied", StatusCode::BAD_REQUEST),
        ("/favicon.ico", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(waiting.get(address).await.0, status, "{address}");
    }
    // A connection ahead of need that says nothing holds nobody up.
    let port = waiting.redirect.port().unwrap();
    let _silent = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    let consented = waiting
        .browser
        .get(waiting.page.clone())
        .send()
        .await
        .unwrap();
    let location = consented.headers()["location"].to_str().unwrap();
    let (status, text) = waiting.get(location).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("go back to the program"), "{text}");

    let (consent, answer) = waiting.answer.await.unwrap();
    let (rig, connection) = (&waiting.rig, ConnectionId::new("listening"));
    consent
        .finish(
            &answer.unwrap(),
            &connection,
            rig.credentials.as_ref(),
            &waiting.clock,
        )
        .await
        .unwrap();
    let stored = rig
        .credentials
        .load(&connection, Provider::FreshBooks)
        .await;
    let Credential::FreshBooks(grant) = stored.unwrap().unwrap().credential else {
        panic!("another credential was stored");
    };
    assert!(grant.expires_at > waiting.clock.now());
    assert!(granted_scopes(&grant).unwrap().contains(&Scope::BillsWrite));
}

#[tokio::test]
async fn a_state_is_good_for_one_answer_and_a_refusal_is_an_answer() {
    let waiting = waiting(Duration::from_mins(1)).await;
    let refusal = format!("/callback?error=access_denied&state={STATE}");
    let address = waiting.redirect.join(&refusal).unwrap();
    // Both at once: whoever comes second is told that it is too late, or finds nobody listening any more.
    let ask = || waiting.browser.get(address.clone()).send();
    let answers = tokio::join!(ask(), ask());
    let mut taken = 0;
    for answer in [answers.0, answers.1].into_iter().flatten() {
        match answer.status() {
            StatusCode::OK => taken += 1,
            other => assert_eq!(other, StatusCode::GONE),
        }
    }
    assert_eq!(taken, 1);
    let (consent, answer) = waiting.answer.await.unwrap();
    let refused = consent
        .finish(
            &answer.unwrap(),
            &ConnectionId::new("listening"),
            waiting.rig.credentials.as_ref(),
            &waiting.clock,
        )
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unauthorized);
    assert!(refused.to_string().contains("access_denied"), "{refused}");
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_was_said() {
    let waiting = waiting(Duration::from_millis(200)).await;
    let gave_up = waiting.answer.await.unwrap().1.unwrap_err();
    assert_eq!(gave_up.kind(), ErrorKind::Unavailable);
    assert!(gave_up.to_string().contains("begin anew"), "{gave_up}");
}

#[tokio::test]
async fn only_addresses_of_this_machine_are_listened_at() {
    for elsewhere in [
        "https://books.example/callback",
        "http://localhost:8910/callback",
        "https://10.0.0.1/callback",
    ] {
        let refused = RedirectListener::bind(&Url::parse(elsewhere).unwrap(), chrono::Utc::now())
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid, "{elsewhere}");
        assert!(
            refused
                .to_string()
                .contains("https://localhost:8910/callback"),
            "{refused}"
        );
    }
}
