//! Both services as they really are: what the code under test can only look at through its ports.

mod books;
mod clocks;
mod expensify;
mod grants;
mod request;

pub(crate) use books::{Books, Carrying, Maker, Rules, TrueRecord};
pub(crate) use clocks::Clocks;
pub(crate) use expensify::{Expensify, Filed};
pub(crate) use grants::{Admission, Authority};
pub(crate) use request::{Answer, Origin, Request, Seen};

/// The tags of expenses found in a text of ours: every merchant begins with `#` and the expense's own number, which
/// survives whatever the planner does to the text around it. So what is booked is told without asking the planner.
pub(crate) fn tag_in(text: &str) -> Option<u32> {
    let digits: String = text
        .strip_prefix('#')?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}
