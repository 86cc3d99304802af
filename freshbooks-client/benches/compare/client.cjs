// The part of npm @freshbooks/api in the comparison: the same work as examples/compare_client.rs.
'use strict';

const fs = require('fs');
const { Client } = require('@freshbooks/api');
const { PaginationQueryBuilder } = require('@freshbooks/api/dist/models/builders/PaginationQueryBuilder');

const client = new Client('comparison', { accessToken: process.env.COMPARE_TOKEN, apiUrl: process.env.COMPARE_URL });
const account = process.env.COMPARE_ACCOUNT;
const categoryId = process.env.COMPARE_CATEGORY;

function expense(number) {
  const hundredths = 1000 + (number % 9000);
  return {
    amount: { amount: `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`, code: 'USD' },
    categoryId,
    staffId: '1',
    date: new Date(Date.UTC(2026, 2, 2)),
    vendor: 'Comparison',
    notes: `number ${number}`,
  };
}

async function bench(records) {
  for (let number = 0; number < records; number += 1) {
    await client.expenses.create(expense(number), account);
  }
  const rows = [];
  for (let page = 1; ; page += 1) {
    const listed = await client.expenses.list(account, [new PaginationQueryBuilder().page(page).perPage(100)]);
    rows.push(...listed.data.expenses);
    if (page >= listed.data.pages.pages) break;
  }
  const hundredths = rows.reduce((sum, row) => sum + BigInt(row.amount.amount.replace('.', '')), 0n);
  const text = String(hundredths).padStart(3, '0');
  const peak = fs.readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+)/)[1];
  return { listed: rows.length, sum: `${text.slice(0, -2)}.${text.slice(-2)}`, peak_kib: Number(peak) };
}

async function post(kind) {
  try {
    const line = { categoryId, quantity: 1, unitCost: { amount: '125.00', code: 'USD' } };
    const bill = {
      vendorId: '1', issueDate: new Date(Date.UTC(2026, 2, 2)), dueOffsetDays: 30, currencyCode: 'USD', language: 'en', lines: [line],
    };
    const made = kind === 'bill' ? await client.bills.create(bill, account) : await client.expenses.create(expense(0), account);
    const id = made.data && made.data.id;
    return { says: 'created', detail: made.ok && id ? `id ${id}` : `ok ${made.ok}, without an id` };
  } catch (error) {
    return { says: 'error', detail: `${error.name}, status ${error.statusCode || error.code || 'unknown'}` };
  }
}

const [verb, argument] = process.argv.slice(2);
(verb === 'bench' ? bench(Number(argument)) : post(argument)).then((answer) => console.log(JSON.stringify(answer)));
