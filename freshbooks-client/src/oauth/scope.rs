//! What an application may be allowed to do.

use crate::wire::open_text_enum;

open_text_enum! {
    /// One permission, `user:bills:read`.
    ///
    /// Ask for none and FreshBooks grants those ticked on the application, which is the safe choice: a
    /// scope that is not ticked makes the consent fail after login. A scope cannot be taken away from
    /// a grant; revoke it and ask for consent again.
    Scope {
        /// Read payments of bills.
        BillPaymentsRead = "user:bill_payments:read",
        /// Change payments of bills.
        BillPaymentsWrite = "user:bill_payments:write",
        /// Read bill vendors.
        BillVendorsRead = "user:bill_vendors:read",
        /// Change bill vendors.
        BillVendorsWrite = "user:bill_vendors:write",
        /// Read items and services.
        BillableItemsRead = "user:billable_items:read",
        /// Change items and services.
        BillableItemsWrite = "user:billable_items:write",
        /// Read bills.
        BillsRead = "user:bills:read",
        /// Change bills.
        BillsWrite = "user:bills:write",
        /// Read the business.
        BusinessRead = "user:business:read",
        /// Change the business.
        BusinessWrite = "user:business:write",
        /// Read clients.
        ClientsRead = "user:clients:read",
        /// Change clients.
        ClientsWrite = "user:clients:write",
        /// Read credit notes.
        CreditNotesRead = "user:credit_notes:read",
        /// Change credit notes.
        CreditNotesWrite = "user:credit_notes:write",
        /// Read estimates.
        EstimatesRead = "user:estimates:read",
        /// Change estimates.
        EstimatesWrite = "user:estimates:write",
        /// Read expenses and their categories.
        ExpensesRead = "user:expenses:read",
        /// Change expenses and their categories.
        ExpensesWrite = "user:expenses:write",
        /// Read invoices.
        InvoicesRead = "user:invoices:read",
        /// Change invoices.
        InvoicesWrite = "user:invoices:write",
        /// Read journal entries; presumably ledger accounts too (UNVERIFIED).
        JournalEntriesRead = "user:journal_entries:read",
        /// Change journal entries.
        JournalEntriesWrite = "user:journal_entries:write",
        /// Read notifications.
        NotificationsRead = "user:notifications:read",
        /// Read online payments.
        OnlinePaymentsRead = "user:online_payments:read",
        /// Change online payments.
        OnlinePaymentsWrite = "user:online_payments:write",
        /// Read other income.
        OtherIncomeRead = "user:other_income:read",
        /// Change other income.
        OtherIncomeWrite = "user:other_income:write",
        /// Read payments of invoices.
        PaymentsRead = "user:payments:read",
        /// Change payments of invoices.
        PaymentsWrite = "user:payments:write",
        /// Read the person and their businesses; always granted.
        ProfileRead = "user:profile:read",
        /// Read projects.
        ProjectsRead = "user:projects:read",
        /// Change projects.
        ProjectsWrite = "user:projects:write",
        /// Read accounting reports.
        ReportsRead = "user:reports:read",
        /// Read retainers.
        RetainersRead = "user:retainers:read",
        /// Change retainers.
        RetainersWrite = "user:retainers:write",
        /// Read taxes.
        TaxesRead = "user:taxes:read",
        /// Change taxes.
        TaxesWrite = "user:taxes:write",
        /// Read staff and team members.
        TeamsRead = "user:teams:read",
        /// Change staff and team members.
        TeamsWrite = "user:teams:write",
        /// Read time entries.
        TimeEntriesRead = "user:time_entries:read",
        /// Change time entries.
        TimeEntriesWrite = "user:time_entries:write",
        /// Read attachments and images; on the developer page, not in the documentation.
        UploadsRead = "user:uploads:read",
        /// Change attachments and images.
        UploadsWrite = "user:uploads:write",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_written_as_freshbooks_names_them_and_unknown_ones_are_kept() {
        assert_eq!(Scope::BillVendorsWrite.as_str(), "user:bill_vendors:write");
        for text in ["user:profile:read", "user:uploads:write", "mcp:all"] {
            assert_eq!(Scope::from(text).as_str(), text);
        }
        assert_eq!(Scope::from("user:taxes:read"), Scope::TaxesRead);
        // FreshBooks has no permission to write these.
        let odd = Scope::from("user:reports:write");
        assert_eq!(odd, Scope::Other("user:reports:write".to_owned()));
    }
}
