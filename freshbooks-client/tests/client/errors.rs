//! The ten error shapes of FreshBooks' families over the wire, under their own status and under 200.

use std::sync::Arc;
use std::time::Duration;

use freshbooks_client::{
    BusinessId, BusinessUuid, Client, ClientFilter, Effect, Endpoints, Error, ErrorKind,
    FixedToken, NewCallback, NoFilter, ProjectFilter,
};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::scripted::{account, bills, new_bill, unpaced};

/// A call of the family that answers in the shape.
#[derive(Debug, Clone, Copy)]
enum Asked {
    CreateBill,
    ListClients,
    LedgerAccounts,
    Identity,
    Projects,
    RegisterCallback,
}

impl Asked {
    fn is_write(self) -> bool {
        matches!(self, Self::CreateBill | Self::RegisterCallback)
    }

    async fn fails(self, client: &Client) -> Error {
        let account = account();
        match self {
            Self::CreateBill => bills(client).create(&new_bill()).await.map(drop),
            Self::ListClients => {
                let list = client.clients(&account).list(ClientFilter::default());
                list.collect().await.map(drop)
            }
            Self::LedgerAccounts => {
                let business = BusinessUuid::new("5ad3a3a5-2d0b-4d5c-9b1e-6f0a1c2b3d4e").unwrap();
                let list = client.ledger_accounts(&business).list(NoFilter);
                list.collect().await.map(drop)
            }
            Self::Identity => client.identity().await.map(drop),
            Self::Projects => {
                let list = client.projects(BusinessId::new(77128));
                let list = list.list(ProjectFilter::default());
                list.collect().await.map(drop)
            }
            Self::RegisterCallback => {
                let new = NewCallback::new("moon.rise", "ftp://x.example/hook");
                client.callbacks(&account).create(&new).await.map(drop)
            }
        }
        .unwrap_err()
    }
}

struct Shape {
    name: &'static str,
    asked: Asked,
    status: u16,
    body: &'static str,
    kind: ErrorKind,
    errno: Option<u32>,
    field: Option<&'static str>,
    message: Option<&'static str>,
}

const SHAPES: &[Shape] = &[
    Shape {
        name: "E1, accounting before 2022-10-31",
        asked: Asked::ListClients,
        status: 404,
        body: r#"{"response":{"errors":[{"errno":1012,"field":"userid","message":"Client not found.","object":"client","value":"12345"}]}}"#,
        kind: ErrorKind::NotFound,
        errno: Some(1012),
        field: Some("userid"),
        message: Some("Client not found."),
    },
    Shape {
        name: "E2, accounting since 2022-10-31",
        asked: Asked::CreateBill,
        status: 422,
        body: r#"{"code":3,"message":"Request failed with status_code: 422","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"1001","domain":"accounting.api.freshbooks.com","metadata":{"object":"bill","message":"Required field.","value":"","field":"vendorid"}},{"@type":"type.googleapis.com/google.rpc.Help","links":[]}]}"#,
        kind: ErrorKind::Invalid,
        errno: Some(1001),
        field: Some("vendorid"),
        message: Some("Required field."),
    },
    Shape {
        name: "E3, ledger",
        asked: Asked::LedgerAccounts,
        status: 400,
        body: r#"{"errors":{"message":"Invalid data in this request.","status":400,"details":[{"reason":"name: This field is required.","metadata":{"message":"This field is required.","field":"name"}},{"reason":"Account type is unknown","metadata":{"message":"Account type is unknown","field":null}}]}}"#,
        kind: ErrorKind::Invalid,
        errno: None,
        field: Some("name"),
        message: Some("This field is required."),
    },
    Shape {
        name: "E4, auth",
        asked: Asked::Identity,
        status: 401,
        body: r#"{"error":"unauthenticated","error_description":"This action requires authentication to continue."}"#,
        kind: ErrorKind::Unauthenticated,
        errno: None,
        field: None,
        message: Some("This action requires authentication to continue."),
    },
    Shape {
        name: "E5, projects",
        asked: Asked::Projects,
        status: 422,
        body: r#"{"errno":2001,"error":{"title":"field required"}}"#,
        kind: ErrorKind::Invalid,
        errno: Some(2001),
        field: Some("title"),
        message: Some("field required"),
    },
    Shape {
        name: "E6, events of 2023",
        asked: Asked::RegisterCallback,
        status: 400,
        body: r#"{"code":3,"message":"Invalid data in this request.","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"event","description":"Unrecognized event."}]},{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"API Documentation","url":"https://www.freshbooks.com/api/webhooks"}]}]}"#,
        kind: ErrorKind::Invalid,
        errno: None,
        field: Some("event"),
        message: Some("Unrecognized event."),
    },
    Shape {
        name: "E7, events now",
        asked: Asked::RegisterCallback,
        status: 422,
        body: r#"{"errno":422,"message":"Invalid data in this request.","details":["event: Value error, Unrecognized event.","uri: Input should be a valid URL, relative URL without a base"]}"#,
        kind: ErrorKind::Invalid,
        errno: Some(422),
        field: Some("event"),
        message: Some("Value error, Unrecognized event."),
    },
    Shape {
        name: "E8, online payments",
        asked: Asked::CreateBill,
        status: 400,
        body: r#"{"error_type":"validation","message":"Bad entity: gateway is not enabled."}"#,
        kind: ErrorKind::Invalid,
        errno: None,
        field: None,
        message: Some("Bad entity: gateway is not enabled."),
    },
    Shape {
        name: "E9, uploads",
        asked: Asked::CreateBill,
        status: 404,
        body: r#"{"error":"File not found"}"#,
        kind: ErrorKind::NotFound,
        errno: None,
        field: None,
        message: Some("File not found"),
    },
    Shape {
        name: "E10, gateway",
        asked: Asked::Identity,
        status: 502,
        body: "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>",
        kind: ErrorKind::Unavailable,
        errno: None,
        field: None,
        message: None,
    },
];

async fn answered(shape: &Shape, status: u16) -> (Error, usize) {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(status)
        .insert_header("Retry-After", "53")
        .insert_header("X-RateLimit-Remaining", "597")
        .set_body_raw(shape.body, "application/json");
    let mock = Mock::given(method(if shape.asked.is_write() {
        "POST"
    } else {
        "GET"
    }));
    mock.respond_with(reply).mount(&server).await;
    let mut settings = unpaced();
    settings.retry_pause = Duration::from_millis(1);
    let client = Client::builder(Arc::new(FixedToken::new("t")))
        .with_settings(settings)
        .with_endpoints(Endpoints::at(&server.uri().parse().unwrap()).unwrap())
        .build()
        .unwrap();
    let error = shape.asked.fails(&client).await;
    (error, server.received_requests().await.unwrap().len())
}

#[tokio::test]
async fn every_shape_becomes_one_error_with_all_it_says() {
    for shape in SHAPES {
        let name = shape.name;
        let (error, requests) = answered(shape, shape.status).await;
        assert_eq!(error.kind(), shape.kind, "{name}");
        assert_eq!(error.status().unwrap().as_u16(), shape.status, "{name}");
        assert_eq!(error.body(), Some(shape.body.as_bytes()), "{name}");
        assert_eq!(error.effect(), Effect::None, "{name}");
        // The client wanted a newer token, and a fixed one has none: that is the error then.
        if shape.kind == ErrorKind::Unauthenticated {
            assert!(error.needs_authorization(), "{name}");
            continue;
        }
        assert_eq!(error.errno(), shape.errno, "{name}");
        assert_eq!(error.field(), shape.field, "{name}");
        assert_eq!(error.message(), shape.message, "{name}");
        assert_eq!(error.retry_after(), None, "{name}: it is in every reply");
        let tries = if shape.kind == ErrorKind::Unavailable {
            3
        } else {
            1
        };
        assert_eq!(requests, tries, "{name}");
        if let Some(message) = shape.message {
            let printed = format!("{error} {error:?}");
            assert!(!printed.contains(message), "{name}: {printed}");
        }
    }
}

#[tokio::test]
async fn every_shape_is_an_error_under_200_too() {
    for shape in SHAPES {
        let name = shape.name;
        let (error, requests) = answered(shape, 200).await;
        let says_so = error.errno() == shape.errno && error.message() == shape.message;
        assert!(says_so || error.needs_authorization(), "{name}: {error}");
        assert_eq!(requests, 1, "{name}");
        let unclear = error.kind() == ErrorKind::Unexpected && shape.asked.is_write();
        let effect = if unclear {
            Effect::Unknown
        } else {
            Effect::None
        };
        assert_eq!(error.effect(), effect, "{name}");
    }
}

#[tokio::test]
async fn a_write_refused_by_a_page_of_html_is_not_known_to_be_refused() {
    let page = Shape {
        asked: Asked::CreateBill,
        ..SHAPES[9]
    };
    for status in [200, 403, 500, 502] {
        let (error, requests) = answered(&page, status).await;
        assert_eq!((error.effect(), requests), (Effect::Unknown, 1), "{status}");
        assert_eq!(error.body(), Some(page.body.as_bytes()));
    }
}
