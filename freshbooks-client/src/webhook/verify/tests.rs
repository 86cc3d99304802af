use proptest::prelude::*;

use super::*;
use crate::webhook::{EventNoun, EventVerb};

const V1_SECRET: &str = "scADVVi5QuKuj5qTjVkbJNYQe7V7USpGd";
const V1_FORM: &str = "name=invoice.create&object_id=1234567&account_id=6BApk&business_id=6543&identity_id=1234&user_id=1";

fn check(secret: &str, form: &str, header: &str) -> Result<VerifiedEvent, VerifyError> {
    verify(&secret.into(), form.as_bytes(), Some(header.as_bytes()))
}

#[test]
fn every_known_vector_is_accepted() {
    let v4 = "name=expense.update&object_id=9876&account_id=6BApk&business_id=6543&identity_id=1234&user_id=1&note=caf%C3%A9+%26+%22tea%22%2Fhttps%3A%2F%2Fx.example%3Fa%3D1%2Cb%3D%F0%9F%98%80";
    let v3 = "name=callback.verify&object_id=2001&account_id=6BApk&verifier=scADVVi5QuKuj5qTjVkbJNYQe7V7USpGd";
    let v5 = "user_id=1&identity_id=1234&business_id=6543&account_id=6BApk&object_id=1234567&name=invoice.create";
    let v6 =
        "name=client.delete&object_id=55&account_id=6BApk&business_id=&identity_id=1234&user_id=1";
    let bill = "name=bill.create&object_id=1234567&account_id=6BApk&business_id=6543&identity_id=1234&user_id=1";
    let text = "name=x&object_id=1&note=caf%C3%A9+%22a%3Ab%2C+c%22+%2F+%E2%82%AC+%F0%9F%98%80";
    for (vector, secret, form, signature) in [
        (
            "V1",
            V1_SECRET,
            V1_FORM,
            "/S03vyYmI7CekM4YXBHUhs9o5rnMtqGLrW3aA8S9gPc=",
        ),
        (
            "V2",
            "test-verifier-0002",
            "name=bill.create&object_id=43221133&account_id=zDmNq&business_id=77128&identity_id=712052&user_id=1",
            "YStVUDwnj4wSUNRgnDMOICMeOUM3CWnKCahRiqzWMto=",
        ),
        (
            "V3",
            V1_SECRET,
            v3,
            "L7y2uyG4/r5+wGDqZ2XmZy1YIT9rnkU0yiGgHsuewkE=",
        ),
        (
            "V4",
            "test-verifier-0004",
            v4,
            "qaEOCRBj/21B+t0WFWXMr5Uv1GlCCbwuMU4NbGQhvgs=",
        ),
        (
            "V5",
            V1_SECRET,
            v5,
            "VLM1f8dKvwS/5R72Jk6Vg9xSGRer74+CY47dh+bilBE=",
        ),
        (
            "V6",
            "test-verifier-0006",
            v6,
            "gZaVt1xS/8egfniin76UY1V3hKD6sdq3AGfLOjwPpfw=",
        ),
        (
            "plain",
            "VERIFIERtoken123",
            bill,
            "UqrObHytGwQP1DHfciGTj9mVvqBStKc2A4PozxYX7Fs=",
        ),
        (
            "escapes",
            "VERIFIERtoken123",
            text,
            "f6PgN2el5GaI4wS0XIta+YJcdshMo3Z/d+cXoEOrh1Q=",
        ),
    ] {
        assert!(check(secret, form, signature).is_ok(), "{vector}");
        let cut = signature.replacen(|_: char| true, "A", 1);
        assert_eq!(
            check(secret, form, &cut),
            Err(VerifyError::Mismatch),
            "{vector}"
        );
        assert_eq!(
            check("other", form, signature),
            Err(VerifyError::Mismatch),
            "{vector}"
        );
    }
}

#[test]
fn signatures_of_other_recipes_are_refused() {
    for (recipe, signature) in [
        ("raw body", "53P2UswGzbvlPS2+pFzhcWDdnV4/8rAO0PI1mWr7nhA="),
        (
            "compact JSON",
            "ENwe/8MKygI95fsgnoIq4e1NnxOVl/8jdAncDoXm2/k=",
        ),
        (
            "sorted keys",
            "FtffEdUdkm+qHQKMOC1CuYT5HYULKhp1ka2waobpTrg=",
        ),
    ] {
        assert_eq!(
            check(V1_SECRET, V1_FORM, signature),
            Err(VerifyError::Mismatch),
            "{recipe}"
        );
    }
    let v4 = "name=expense.update&object_id=9876&account_id=6BApk&business_id=6543&identity_id=1234&user_id=1&note=caf%C3%A9+%26+%22tea%22%2Fhttps%3A%2F%2Fx.example%3Fa%3D1%2Cb%3D%F0%9F%98%80";
    let unescaped = "FahC+Iw0/plF168HcMm3NSjTEXvVoJn7Sy0nfww6SkA=";
    assert_eq!(
        check("test-verifier-0004", v4, unescaped),
        Err(VerifyError::Mismatch)
    );
}

#[test]
fn a_field_altered_added_removed_or_moved_is_refused() {
    let signature = "/S03vyYmI7CekM4YXBHUhs9o5rnMtqGLrW3aA8S9gPc=";
    assert!(check(V1_SECRET, V1_FORM, signature).is_ok());
    for form in [
        V1_FORM.replace("object_id=1234567", "object_id=1234568"),
        V1_FORM.replace("invoice.create", "invoice.update"),
        V1_FORM.replace("account_id=6BApk", "account_id=6BApl"),
        V1_FORM.replace("&user_id=1", ""),
        format!("{V1_FORM}&note="),
        format!("user_id=1&{}", V1_FORM.replace("&user_id=1", "")),
    ] {
        let refused = check(V1_SECRET, &form, signature);
        assert_eq!(refused, Err(VerifyError::Mismatch), "{form}");
    }
    // Another spelling of the same fields signs the same text.
    let spelled = V1_FORM.replace("invoice.create", "invoice%2Ecreate");
    assert!(check(V1_SECRET, &spelled, signature).is_ok());
}

#[test]
fn the_event_is_what_was_signed() {
    let event = check(
        V1_SECRET,
        V1_FORM,
        "/S03vyYmI7CekM4YXBHUhs9o5rnMtqGLrW3aA8S9gPc=",
    )
    .unwrap();
    assert_eq!(event.name().noun, EventNoun::Invoice);
    assert_eq!(event.name().verb, Some(EventVerb::Create));
    assert_eq!(event.object_id(), 1_234_567);
    assert_eq!(event.account_id().unwrap().as_str(), "6BApk");
    assert_eq!(event.business_id(), Some(6543));
    assert_eq!(event.identity_id(), Some(1234));
}

#[test]
fn headers_that_are_no_signature_say_why() {
    let secret = V1_SECRET.into();
    let form = V1_FORM.as_bytes();
    let error = |header| verify(&secret, form, header).unwrap_err();
    assert_eq!(error(None), VerifyError::MissingSignature);
    assert_eq!(error(Some(b"")), VerifyError::WrongLength);
    assert_eq!(error(Some(b"AAAA")), VerifyError::WrongLength);
    assert_eq!(
        error(Some(b"not base64!")),
        VerifyError::UndecodableSignature
    );
    assert_eq!(error(Some(b"\xff\xfe")), VerifyError::UndecodableSignature);
    let doubled = format!("{V1_FORM}&user_id=2");
    assert_eq!(
        verify(&secret, doubled.as_bytes(), Some(b"AAAA")),
        Err(VerifyError::Form(FormError::DuplicateKey))
    );
}

proptest! {
    #[test]
    fn verifying_never_panics_and_never_believes_noise(
        form in proptest::collection::vec(any::<u8>(), 0..120),
        header in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        prop_assert!(verify(&"secret".into(), &form, Some(&header)).is_err());
    }
}
