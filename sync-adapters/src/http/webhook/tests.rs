use async_trait::async_trait;
use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use sync_core::model::{RecordId, RecordKind};
use sync_core::{Error, Result as CoreResult};
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use super::super::inbox::{HintChange, HintKind};
use super::super::router as whole_router;
use super::*;

// Vector V2 of the FreshBooks reference 6.4.
const VERIFIER: &str = "test-verifier-0002";
const BODY: &str = "name=bill.create&object_id=43221133&account_id=zDmNq&business_id=77128&identity_id=712052&user_id=1";
const SIGNATURE: &str = "YStVUDwnj4wSUNRgnDMOICMeOUM3CWnKCahRiqzWMto=";
const FORM: &str = "application/x-www-form-urlencoded";

#[derive(Debug)]
struct Inbox {
    state: Mutex<CallbackState>,
    hints: mpsc::Sender<Hint>,
}

#[async_trait]
impl WebhookInbox for Inbox {
    async fn callback(
        &self,
        path_token: &str,
    ) -> CoreResult<Option<(ConnectionId, CallbackState)>> {
        let known = (path_token == "tok3n").then(|| {
            (
                ConnectionId::new("acme"),
                self.state.lock().unwrap().clone(),
            )
        });
        if path_token == "locked" {
            Err(Error::unavailable("read the database: it is locked"))
        } else {
            Ok(known)
        }
    }

    async fn accept_handshake(
        &self,
        _: &str,
        callback: u64,
        verifier: SecretString,
    ) -> CoreResult<()> {
        let mut state = self.state.lock().unwrap();
        match &*state {
            CallbackState::Expecting { callback: expected } if *expected == callback => {
                *state = CallbackState::Verified { verifier };
                Ok(())
            }
            CallbackState::Expecting { .. } | CallbackState::Verified { .. } => Err(Error::new(
                ErrorKind::Conflict,
                "store the verifier: there is one",
            )),
        }
    }

    fn enqueue(&self, hint: Hint) -> bool {
        self.hints.try_send(hint).is_ok()
    }
}

struct World {
    app: Router,
    inbox: Arc<Inbox>,
    hints: mpsc::Receiver<Hint>,
}

fn world(state: CallbackState) -> World {
    let (sender, hints) = mpsc::channel(1);
    let inbox = Arc::new(Inbox {
        state: Mutex::new(state),
        hints: sender,
    });
    let shared: Arc<dyn WebhookInbox> = Arc::<Inbox>::clone(&inbox);
    World {
        app: whole_router(shared, WebhookSettings::default()),
        inbox,
        hints,
    }
}

fn verified() -> World {
    world(CallbackState::Verified {
        verifier: VERIFIER.into(),
    })
}

impl World {
    async fn post(
        &self,
        token: &str,
        content_type: &str,
        signature: &str,
        body: impl Into<Body>,
    ) -> StatusCode {
        let request = Request::post(format!("/webhooks/freshbooks/{token}"))
            .header(CONTENT_TYPE, content_type)
            .header("X-FreshBooks-Hmac-SHA256", signature)
            .body(body.into())
            .unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        assert!(
            to_bytes(response.into_body(), 1 << 20)
                .await
                .unwrap()
                .is_empty(),
            "answers have no body"
        );
        status
    }
}

#[tokio::test]
async fn a_signed_delivery_becomes_one_hint() {
    let mut world = verified();
    assert_eq!(
        world
            .post(
                "tok3n",
                "application/x-www-form-urlencoded; charset=utf-8",
                SIGNATURE,
                BODY
            )
            .await,
        StatusCode::OK
    );
    let hint = world.hints.try_recv().unwrap();
    assert_eq!(
        hint,
        Hint {
            connection: ConnectionId::new("acme"),
            kind: HintKind::Record(RecordKind::Bill),
            change: HintChange::Created,
            record: RecordId::new(43_221_133),
            account: Some("zDmNq".to_owned()),
        }
    );
    // Repeated within the window: taken, and nothing is done.
    assert_eq!(
        world.post("tok3n", FORM, SIGNATURE, BODY).await,
        StatusCode::OK
    );
    assert!(world.hints.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn an_equal_delivery_after_the_window_is_a_new_hint() {
    let mut world = verified();
    assert_eq!(
        world.post("tok3n", FORM, SIGNATURE, BODY).await,
        StatusCode::OK
    );
    world.hints.try_recv().unwrap();
    tokio::time::advance(Duration::from_secs(601)).await;
    assert_eq!(
        world.post("tok3n", FORM, SIGNATURE, BODY).await,
        StatusCode::OK
    );
    world.hints.try_recv().unwrap();
}

#[tokio::test]
async fn what_is_not_believed_is_answered_alike_and_does_nothing() {
    let mut world = verified();
    let other = BODY.replace("43221133", "43221134");
    // The last is a handshake on a registration that has its verifier: a takeover.
    let takeover = "name=callback.verify&object_id=2001&account_id=zDmNq&verifier=attackers-own";
    for (token, signature, body) in [
        ("tok3n", SIGNATURE, other.as_str()),
        ("tok3n", "", BODY),
        ("tok3n", "bm90IGEgc2lnbmF0dXJl", BODY),
        ("tok3n", "%%%", BODY),
        ("tok3n", SIGNATURE, ""),
        ("unknown", SIGNATURE, BODY),
        (&"x".repeat(500), SIGNATURE, BODY),
        ("tok3n", SIGNATURE, takeover),
    ] {
        assert_eq!(
            world.post(token, FORM, signature, body.to_owned()).await,
            StatusCode::UNAUTHORIZED,
            "{token} {body}"
        );
    }
    assert!(world.hints.try_recv().is_err());
    let state = world.inbox.state.lock().unwrap().clone();
    assert!(
        matches!(state, CallbackState::Verified { verifier } if verifier.expose_secret() == VERIFIER)
    );
}

#[tokio::test]
async fn a_body_too_large_or_of_another_type_is_refused_before_it_is_read() {
    let world = verified();
    assert_eq!(
        world
            .post("tok3n", FORM, SIGNATURE, vec![b'a'; 16 * 1024 + 1])
            .await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        world
            .post("tok3n", "application/json", SIGNATURE, "{}")
            .await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(
        world.post("tok3n", "", SIGNATURE, BODY).await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}

#[tokio::test]
async fn a_handshake_is_taken_once_for_the_callback_that_is_expected() {
    let world = world(CallbackState::Expecting { callback: 2001 });
    let handshake = |id: u32, verifier: &str| {
        format!("name=callback.verify&object_id={id}&account_id=zDmNq&verifier={verifier}")
    };
    assert_eq!(
        world
            .post("tok3n", FORM, "", handshake(2002, "attackers-own"))
            .await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        world.post("tok3n", FORM, SIGNATURE, BODY).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        world
            .post("tok3n", FORM, "", handshake(2001, VERIFIER))
            .await,
        StatusCode::OK
    );
    assert_eq!(
        world
            .post("tok3n", FORM, "", handshake(2001, "attackers-own"))
            .await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        world.post("tok3n", FORM, SIGNATURE, BODY).await,
        StatusCode::OK
    );
}

#[tokio::test]
async fn without_room_a_delivery_is_refused_and_its_repeat_is_taken() {
    let mut world = verified();
    world
        .inbox
        .hints
        .try_send(Hint {
            connection: ConnectionId::new("acme"),
            kind: HintKind::Other("tax".to_owned()),
            change: HintChange::Changed,
            record: RecordId::new(1),
            account: None,
        })
        .unwrap();
    assert_eq!(
        world.post("tok3n", FORM, SIGNATURE, BODY).await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    world.hints.try_recv().unwrap();
    assert_eq!(
        world.post("tok3n", FORM, SIGNATURE, BODY).await,
        StatusCode::OK
    );
    world.hints.try_recv().unwrap();
}

#[tokio::test]
async fn a_store_that_fails_asks_for_the_delivery_again() {
    assert_eq!(
        verified().post("locked", FORM, SIGNATURE, BODY).await,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn health_answers_and_other_paths_and_methods_do_not() {
    let world = verified();
    for (request, status) in [
        (Request::get("/healthz"), StatusCode::NO_CONTENT),
        (
            Request::get("/webhooks/freshbooks/tok3n"),
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (Request::post("/webhooks/freshbooks"), StatusCode::NOT_FOUND),
        (Request::get("/"), StatusCode::NOT_FOUND),
    ] {
        let response = world
            .app
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), status);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_body_and_no_signature_makes_the_route_panic_or_believe(body in prop::collection::vec(any::<u8>(), 0..300), signature in "[ -~]{0,60}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let status = runtime.block_on(verified().post("tok3n", FORM, &signature, body));
        prop_assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}
