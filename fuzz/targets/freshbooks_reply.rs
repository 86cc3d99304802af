//! Arbitrary answers of FreshBooks: a byte for the call, one for the HTTP status, then the body.
//!
//! A result comes only with a status of success; a page is as long as what was read into it; an error of a write says
//! that nothing happened only where the answer proves it.

#![no_main]

use bytes::Bytes;
use freshbooks_client::{
    AccountId, Bill, BillId, Call, Effect, Expense, ExpenseCategory, ExpenseId, List, Page,
    PageRequest, Vendor, calls,
};
use http::Response;
use libfuzzer_sys::fuzz_target;

const STATUS: [u16; 16] = [
    200, 200, 200, 201, 202, 302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503,
];

fn read<R>(call: &Call<R>, reply: &Response<Bytes>) -> Option<R> {
    match call.read(reply) {
        Ok(value) => {
            assert!(reply.status().is_success());
            Some(value)
        }
        Err(error) => {
            assert!(!format!("{error} {error:?}").is_empty());
            if call.access().is_write() && reply.status().is_server_error() {
                assert_eq!(error.effect(), Effect::Unknown);
            }
            None
        }
    }
}

fn page<R: List<Owner = AccountId>>(account: &AccountId, reply: &Response<Bytes>)
where
    R::Filter: Default,
{
    let asked = PageRequest::new(1, 100);
    let call = calls::list::<R>(account, &R::Filter::default(), asked);
    if let Some(page) = read::<Page<R>>(&call, reply) {
        let _ = (page.is_empty(), page.is_last(asked));
    }
}

fuzz_target!(|input: &[u8]| {
    let [call, status, body @ ..] = input else {
        return;
    };
    let Ok(account) = AccountId::new("zDmNq") else {
        return;
    };
    let mut reply = Response::new(Bytes::copy_from_slice(body));
    *reply.status_mut() = STATUS[usize::from(*status) % STATUS.len()]
        .try_into()
        .unwrap();
    match call % 8 {
        0 => page::<Bill>(&account, &reply),
        1 => page::<Expense>(&account, &reply),
        2 => page::<Vendor>(&account, &reply),
        3 => page::<ExpenseCategory>(&account, &reply),
        4 => drop(read(&calls::get::<Bill>(&account, &BillId::new(1)), &reply)),
        5 => drop(read(
            &calls::get::<Expense>(&account, &ExpenseId::new(1)),
            &reply,
        )),
        6 => drop(read(&calls::identity(), &reply)),
        _ => {
            let change = calls::set_vis_state::<Bill>(
                &account,
                &BillId::new(1),
                freshbooks_client::VisState::Deleted,
            );
            if let Ok(change) = change {
                drop(read(&change, &reply));
            }
        }
    }
});
