"""Drives the sandbox with PyPI freshbooks-sdk: identity, lists, pages, filters, creates, deletes, token refresh."""

import json
import os
import sys
from datetime import date
from decimal import Decimal

from freshbooks import Client, FilterBuilder, FreshBooksError, PaginateBuilder, VisState

GREETING = json.loads(os.environ["WITNESS_SANDBOX"])["freshbooks"]
ACCOUNT = GREETING["accounts"][0]
FAILED = []


def check(name, holds):
    print(("ok " if holds else "FAILED ") + name, flush=True)
    if not holds:
        FAILED.append(name)


def refused(call):
    try:
        call()
    except FreshBooksError as error:
        return error.status_code
    return None


def main():
    client = Client(
        client_id=GREETING["client_id"],
        client_secret=GREETING["client_secret"],
        redirect_uri="https://localhost/callback",
        access_token=GREETING["access_token"],
        refresh_token=GREETING["refresh_token"],
    )
    account = ACCOUNT["account_id"]

    identity = client.current_user()
    membership = identity.data["business_memberships"][0]
    check("identity names the business and its account", membership["business"]["account_id"] == account)
    check("a membership id is not the business id", membership["id"] != membership["business"]["id"])

    categories = client.expenses_categories.list(account)
    check("categories are listed", len(categories) == 10 and categories.pages.total == 10)
    named = client.expenses_categories.list(account, builders=[FilterBuilder().like("name", "hotel")])
    check("a like filter works", [row.category for row in named] == ["Hotel & Lodging"])
    category = named[0].id

    for day in range(1, 21):
        client.expenses.create(account, {
            "amount": {"amount": f"{day}.50", "code": "USD"}, "categoryid": category, "staffid": 1,
            "date": date(2026, 3, day).isoformat(), "vendor": "Witness", "notes": f"witness {day}",
        })
    first = client.expenses.list(account)
    check("the default page has 15 rows", len(first) == 15 and first.pages.pages == 2 and first.pages.total == 20)
    rows, page = [], PaginateBuilder(1, 8)
    while True:
        listed = client.expenses.list(account, builders=[page])
        rows.extend(listed)
        if listed.pages.page >= listed.pages.pages:
            break
        page.page(listed.pages.page + 1)
    check("a page walk sees every row once", len({row.id for row in rows}) == 20)
    between = FilterBuilder().between("date", date(2026, 3, 5), date(2026, 3, 8)).between("amount", min=6)
    check("between filters work and max is exclusive", len(client.expenses.list(account, builders=[between])) == 2)
    check("money is exact", sum(Decimal(row.data["amount"]["amount"]) for row in rows) == Decimal("220.00"))

    expense = rows[0]
    edited = client.expenses.update(account, expense.id, {"notes": "edited"})
    check("a partial update keeps the rest", edited.notes == "edited" and edited.vendor == "Witness")
    deleted = client.expenses.delete(account, expense.id)
    check("delete is a visibility", deleted.vis_state == VisState.DELETED)
    check("a deleted record is still read", client.expenses.get(account, expense.id).vis_state == VisState.DELETED)
    check("a deleted record is not listed", client.expenses.list(account).pages.total == 19)

    vendor = client.bill_vendors.create(account, {"vendor_name": "Witness & Co", "language": "en", "currency_code": "USD"})
    bill = {
        "vendorid": vendor.vendorid, "bill_number": "PY-1", "issue_date": "2026-03-01", "due_offset_days": 30,
        "currency_code": "USD", "language": "en",
        "lines": [{"categoryid": category, "quantity": 2, "unit_cost": {"amount": "62.50", "code": "USD"}}],
    }
    created = client.bills.create(account, bill)
    check("a bill is priced", created.data["total_amount"]["amount"] == "125.00")
    check("a bill number in use is refused", refused(lambda: client.bills.create(account, bill)) == 422)
    client.bill_payments.create(account, {
        "billid": created.id, "amount": {"amount": "125", "code": "USD"}, "paid_date": "2026-03-02", "payment_type": "Check",
    })
    check("a payment pays the bill", client.bills.get(account, created.id).status == "paid")

    check("an unknown id is refused", refused(lambda: client.bills.get(account, 1)) == 404)
    taxes = client.taxes.list(account)
    check("taxes are listed", sorted(tax.name for tax in taxes) == ["HST", "VAT"])
    projects = client.projects.list(ACCOUNT["business_id"])
    check("projects are listed", len(projects) == 2 and projects[0].title == "Bluewater Annual Report")
    ledger = client.ledger_accounts.list(ACCOUNT["business_uuid"])
    check("ledger accounts are listed", len(ledger.data["data"] if "data" in ledger.data else ledger.data["accounts"]) == 10)
    callback = client.callbacks.create(account, {"event": "bill.create", "uri": "http://127.0.0.1:9/hook"})
    check("a callback is registered", callback.verified is False)
    check("an unknown event is refused", refused(lambda: client.callbacks.create(account, {"event": "x", "uri": "http://127.0.0.1:9"})) == 422)

    old = client.refresh_token
    renewed = client.refresh_access_token()
    check("a refresh rotates the token", renewed.refresh_token != old and client.current_user().identity_id == identity.identity_id)
    check("a spent refresh token is refused", refused(lambda: client.refresh_access_token(old)) in (400, 401))
    sys.exit(0)


main()
