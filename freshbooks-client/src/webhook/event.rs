//! Names of events.

use crate::wire::open_text_enum;

open_text_enum! {
    /// The kind of record an event is about.
    EventNoun {
        /// A bill. A payment of one presumably shows as an update of the bill (UNVERIFIED).
        Bill = "bill",
        /// A bill vendor.
        BillVendor = "bill_vendor",
        /// The handshake of a registration.
        Callback = "callback",
        /// An expense category.
        Category = "category",
        /// A client.
        Client = "client",
        /// A credit note.
        CreditNote = "credit_note",
        /// An estimate.
        Estimate = "estimate",
        /// An expense.
        Expense = "expense",
        /// An invoice.
        Invoice = "invoice",
        /// An item.
        Item = "item",
        /// A payment of an invoice.
        Payment = "payment",
        /// A project.
        Project = "project",
        /// A recurring invoice.
        Recurring = "recurring",
        /// A service.
        Service = "service",
        /// A tax.
        Tax = "tax",
        /// A time entry.
        TimeEntry = "time_entry",
    }
}

open_text_enum! {
    /// What happened to the record.
    EventVerb {
        /// It was made.
        Create = "create",
        /// It was changed.
        Update = "update",
        /// It was deleted; it can still be read.
        Delete = "delete",
        /// It was sent by e-mail.
        SendByEmail = "sendByEmail",
        /// The registration is to be verified.
        Verify = "verify",
    }
}

/// An event: a noun and a verb, `bill.create`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventName {
    /// What it is about.
    pub noun: EventNoun,
    /// What happened; `None` for a bare noun.
    pub verb: Option<EventVerb>,
}

impl From<&str> for EventName {
    fn from(name: &str) -> Self {
        match name.split_once('.') {
            Some((noun, verb)) => Self {
                noun: noun.into(),
                verb: Some(verb.into()),
            },
            None => Self {
                noun: name.into(),
                verb: None,
            },
        }
    }
}

impl std::fmt::Display for EventName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.verb {
            Some(verb) => write!(f, "{}.{verb}", self.noun),
            None => self.noun.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown_names_come_back_as_they_were() {
        for name in [
            "bill.create",
            "invoice.sendByEmail",
            "time_entry",
            "moon.rise",
            "a.b.c",
            "",
        ] {
            assert_eq!(EventName::from(name).to_string(), name);
        }
        assert_eq!(EventName::from("bill.create").noun, EventNoun::Bill);
        assert_eq!(EventName::from("bill.create").verb, Some(EventVerb::Create));
    }
}
