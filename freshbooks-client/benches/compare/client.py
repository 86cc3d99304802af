"""The part of PyPI freshbooks-sdk in the comparison: the same work as examples/compare_client.rs."""

import json
import os
import sys
from decimal import Decimal

from freshbooks import Client, FreshBooksError, PaginateBuilder

client = Client(client_id="comparison", access_token=os.environ["COMPARE_TOKEN"])
account = os.environ["COMPARE_ACCOUNT"]
# `client.expenses`, as the SDK's documentation writes it, makes a new session, and so a new connection, each time it
# is named. Keeping the object is the SDK's best case.
kept = client.expenses if os.environ.get("COMPARE_SESSION") == "kept" else None


def expenses():
    return kept or client.expenses


def expense(number):
    hundredths = 1000 + number % 9000
    return {
        "amount": {"amount": f"{hundredths // 100}.{hundredths % 100:02}", "code": "USD"},
        "categoryid": int(os.environ["COMPARE_CATEGORY"]), "staffid": 1, "date": "2026-03-02",
        "vendor": "Comparison", "notes": f"number {number}",
    }


def bench(records):
    for number in range(records):
        expenses().create(account, expense(number))
    rows, page = [], 1
    while True:
        listed = expenses().list(account, builders=[PaginateBuilder(page, 100)])
        rows.extend(listed)
        if page >= listed.pages.pages:
            break
        page += 1
    total = sum((Decimal(row.data["amount"]["amount"]) for row in rows), Decimal("0.00"))
    with open("/proc/self/status") as status:
        peak = next(line.split()[1] for line in status if line.startswith("VmHWM:"))
    return {"listed": len(rows), "sum": f"{total:.2f}", "peak_kib": int(peak)}


def post(kind):
    try:
        if kind == "bill":
            line = {"categoryid": int(os.environ["COMPARE_CATEGORY"]), "quantity": 1,
                    "unit_cost": {"amount": "125.00", "code": "USD"}}
            made = client.bills.create(account, {
                "vendorid": 1, "issue_date": "2026-03-02", "due_offset_days": 30, "currency_code": "USD",
                "language": "en", "lines": [line],
            })
        else:
            made = expenses().create(account, expense(0))
    except FreshBooksError as error:
        return {"says": "error", "detail": f"FreshBooksError, status {error.status_code}"}
    except Exception as error:
        return {"says": "error", "detail": type(error).__name__}
    try:
        return {"says": "created", "detail": f"id {made.id}"}
    except Exception as error:
        return {"says": "created", "detail": f"without an id: {type(error).__name__} on reading it"}


print(json.dumps(bench(int(sys.argv[2])) if sys.argv[1] == "bench" else post(sys.argv[2])))
