// Drives the sandbox with npm @freshbooks/api: identity, lists, pages, searches, creates, deletes, errors.
'use strict';

const { Client } = require('@freshbooks/api');
const { SearchQueryBuilder } = require('@freshbooks/api/dist/models/builders/SearchQueryBuilder');
const { PaginationQueryBuilder } = require('@freshbooks/api/dist/models/builders/PaginationQueryBuilder');

const greeting = JSON.parse(process.env.WITNESS_SANDBOX).freshbooks;
const account = greeting.accounts[0].account_id;

function check(name, holds) {
  console.log((holds ? 'ok ' : 'FAILED ') + name);
}

async function refused(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return { statusCode: 'none' };
}

async function main() {
  const client = new Client(greeting.client_id, {
    clientSecret: greeting.client_secret,
    redirectUri: 'https://localhost/callback',
    accessToken: greeting.access_token,
  });

  const me = await client.users.me();
  check('identity names the person', me.ok && me.data.email === 'nora@northwind.example');

  const categories = await client.expenseCategories.list(account, [new SearchQueryBuilder().like('name', 'airfare')]);
  check('a like search works', categories.data.categories.length === 1 && categories.data.categories[0].category === 'Airfare');
  const categoryId = String(categories.data.categories[0].id);

  const create = (day) =>
    client.expenses.create(
      {
        categoryId,
        staffId: '1',
        date: new Date(Date.UTC(2026, 4, day)),
        amount: { amount: `${day}.25`, code: 'USD' },
        vendor: 'Node witness',
        notes: `node ${day}`,
      },
      account,
    );
  for (let day = 1; day <= 18; day += 1) {
    await create(day);
  }
  const may = () => new SearchQueryBuilder().between('date', { min: '2026-05-01', max: '2026-06-01' });
  const seen = new Set();
  for (let page = 1; ; page += 1) {
    const listed = await client.expenses.list(account, [may(), new PaginationQueryBuilder().page(page).perPage(7)]);
    listed.data.expenses.forEach((expense) => seen.add(expense.id));
    if (page >= listed.data.pages.pages) break;
  }
  check('a page walk sees every row once', seen.size === 18);

  const twin = await create(1);
  check('an equal create succeeds and is marked', twin.ok && twin.data.isDuplicate === true);
  check('money comes back as a string', twin.data.amount.amount === '1.25' && twin.data.amount.code === 'USD');
  const gone = await client.expenses.delete(account, twin.data.id);
  check('delete is a visibility', gone.data.visState === 1);

  const vendor = await client.billVendors.create({ vendorName: 'Node & Sons', language: 'en', currencyCode: 'USD' }, account);
  check('a vendor is created', vendor.ok && vendor.data.vendorName === 'Node & Sons');
  const bill = {
    vendorId: vendor.data.vendorId,
    billNumber: 'NODE-1',
    issueDate: new Date(Date.UTC(2026, 4, 1)),
    dueOffsetDays: 30,
    currencyCode: 'USD',
    language: 'en',
    lines: [{ categoryId, quantity: 1, unitCost: { amount: '100', code: 'USD' }, taxName1: 'HST', taxPercent1: 13 }],
  };
  const created = await client.bills.create(bill, account);
  check('a bill is priced with its tax', created.data.totalAmount.amount === '113.00' && created.data.status !== 'paid');
  const again = await refused(() => client.bills.create(bill, account));
  check('a bill number in use is refused by name', again.statusCode === '422' && again.errors[0].field === 'bill_number');
  const read = await client.bills.single(account, created.data.id);
  check('a bill reads back with its vendor', String(read.data.vendorId) === String(vendor.data.vendorId));
  const payment = await client.billPayments.create(
    { billId: created.data.id, amount: { amount: '113', code: 'USD' }, paidDate: new Date(Date.UTC(2026, 4, 2)), paymentType: 'Check' },
    account,
  );
  const paid = await client.bills.single(account, created.data.id);
  check('a payment pays the bill', payment.ok && paid.data.status === 'paid' && paid.data.billPayments.length === 1);
  const archived = await client.bills.archive(account, created.data.id);
  check('a bill is archived', archived.data.visState === 2);

  const unknown = await refused(() => client.expenses.single(account, '1'));
  check('an unknown id is refused', unknown.statusCode === '404' && unknown.errors[0].errorCode === 1012);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
