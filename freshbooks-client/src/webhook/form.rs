//! Reading of `application/x-www-form-urlencoded` bodies, in the order received.

use std::borrow::Cow;

use url::form_urlencoded;

/// Largest body looked at, in bytes. A delivery has about 150.
pub const FORM_BYTES_MAX: usize = 16 * 1024;

/// Most fields looked at. A delivery has six.
pub const FORM_FIELDS_MAX: usize = 32;

/// Why a body is no form that could be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// More than [`FORM_BYTES_MAX`] bytes.
    #[error("the form is larger than {FORM_BYTES_MAX} bytes")]
    TooLarge,
    /// More than [`FORM_FIELDS_MAX`] fields.
    #[error("the form has more than {FORM_FIELDS_MAX} fields")]
    TooManyFields,
    /// A key stands twice. FreshBooks signs a dictionary, in which it cannot; which of the two
    /// values a reader takes would be open.
    #[error("the form has a key twice")]
    DuplicateKey,
    /// Not UTF-8, before or after percent-decoding.
    #[error("the form is not UTF-8")]
    NotUtf8,
}

/// Key and value pairs in the order received.
#[derive(Debug)]
pub(super) struct Form<'b> {
    pub(super) fields: Vec<(Cow<'b, str>, Cow<'b, str>)>,
}

impl<'b> Form<'b> {
    pub(super) fn parse(body: &'b [u8]) -> Result<Self, FormError> {
        if body.len() > FORM_BYTES_MAX {
            return Err(FormError::TooLarge);
        }
        if !decodes_to_utf8(body) {
            return Err(FormError::NotUtf8);
        }
        let mut fields: Vec<(Cow<'b, str>, Cow<'b, str>)> = Vec::new();
        for (key, value) in form_urlencoded::parse(body) {
            if fields.len() >= FORM_FIELDS_MAX {
                return Err(FormError::TooManyFields);
            }
            if fields.iter().any(|(known, _)| *known == key) {
                return Err(FormError::DuplicateKey);
            }
            fields.push((key, value));
        }
        Ok(Self { fields })
    }

    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| &**value)
            .filter(|value| !value.is_empty())
    }
}

/// The parser below replaces what is no UTF-8; a signed text must not be made up like that.
fn decodes_to_utf8(body: &[u8]) -> bool {
    let mut decoded = Vec::with_capacity(body.len());
    let mut rest = body;
    while let [byte, tail @ ..] = rest {
        let (byte, tail) = unescape(*byte, tail);
        decoded.push(byte);
        rest = tail;
    }
    std::str::from_utf8(&decoded).is_ok()
}

/// One byte, and what follows it; a percent sign without two digits stands for itself.
fn unescape(byte: u8, tail: &[u8]) -> (u8, &[u8]) {
    if let (b'%', [high, low, after @ ..]) = (byte, tail)
        && let (Some(high), Some(low)) = (hex(*high), hex(*low))
    {
        return ((high << 4) | low, after);
    }
    (byte, tail)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_keep_their_order_and_blank_values() {
        let form = Form::parse(b"b=1&a=&c=x+y%26z&d").unwrap();
        let fields: Vec<_> = form.fields.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(fields, [("b", "1"), ("a", ""), ("c", "x y&z"), ("d", "")]);
        assert_eq!(form.value("a"), None);
    }

    #[test]
    fn forms_that_cannot_have_been_signed_are_refused() {
        let many = (0..33)
            .map(|n| format!("k{n}=1"))
            .collect::<Vec<_>>()
            .join("&");
        let large = vec![b'a'; FORM_BYTES_MAX + 1];
        for (body, error) in [
            (&b"a=1&a=2"[..], FormError::DuplicateKey),
            (&b"a=1&%61=2"[..], FormError::DuplicateKey),
            (&b"a=%ff"[..], FormError::NotUtf8),
            (&b"a=\xff"[..], FormError::NotUtf8),
            (many.as_bytes(), FormError::TooManyFields),
            (&large, FormError::TooLarge),
        ] {
            assert_eq!(Form::parse(body).unwrap_err(), error);
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Form::parse(&body);
        }

        #[test]
        fn percent_signs_anywhere_never_panic(body in "[%0-9a-gA-G&=+]{0,60}") {
            let _ = Form::parse(body.as_bytes());
        }
    }
}
