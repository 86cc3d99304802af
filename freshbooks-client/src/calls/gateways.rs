//! Online payments.

use http::Method;
use serde::Deserialize;

use super::{read, write};
use crate::call::{Access, Call};
use crate::decode;
use crate::error::Error;
use crate::resource::Family;
use crate::types::{ConnectionList, GatewayConnections, OptionsOf, Payable, PaymentOptions};
use crate::wire::AccountId;

/// The gateways an account is connected to.
pub fn gateway_connections(account: &AccountId) -> Call<Vec<GatewayConnections>> {
    let path = Family::Payments.path(account, "gateway");
    read("get gateway connections", path, |body| {
        decode::flat::<ConnectionList>(body).map(|list| list.gateway_connections)
    })
}

/// How something can be paid online. What the answer is wrapped in is taken from an SDK.
pub fn payment_options(account: &AccountId, payable: &Payable) -> Call<PaymentOptions> {
    #[derive(Deserialize)]
    struct Options {
        payment_options: PaymentOptions,
    }
    let path = Family::Payments.path(account, &payable.path());
    read("get payment options", path, |body| {
        decode::flat::<Options>(body).map(|found| found.payment_options)
    })
}

/// Says how something can be paid online. The answer has not been seen and is not read, save for an
/// error.
///
/// # Errors
/// As [`create`](super::create).
pub fn set_payment_options(
    account: &AccountId,
    payable: &Payable,
    options: &PaymentOptions,
) -> Result<Call<()>, Error> {
    let body = OptionsOf::new(payable, options);
    write(
        "set payment options",
        Access::Update,
        Method::POST,
        Family::Payments.path(account, &payable.path()),
        &body,
        decode::nothing,
    )
}
