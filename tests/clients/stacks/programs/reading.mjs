// Read all lists by a function that gets a page, and keep them as files; with `dump`, print what was kept.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

const { CLIENT_STORE, ONEINVOICE_URL, ONEINVOICE_KEY } = process.env;
const LISTS = ["members", "quotes", "invoices"];
const file = (name) => `${CLIENT_STORE}/${name}.json`;

export const headers = { Authorization: `Bearer ${ONEINVOICE_KEY}` };

async function read(get, name) {
  const records = {};
  for (let offset = 0, total = 1; offset < total; ) {
    const page = await get(`${ONEINVOICE_URL}/api/v1/${name}?limit=100&offset=${offset}`);
    for (const record of page.data) records[record.id] = record;
    offset += page.data.length;
    total = page.data.length ? page.pagination.total : 0;
  }
  return records;
}

export async function main(get) {
  if (process.argv[2] === "dump") {
    const kept = LISTS.filter((name) => existsSync(file(name)));
    console.log(JSON.stringify(Object.fromEntries(kept.map((name) => [name, JSON.parse(readFileSync(file(name)))]))));
    return;
  }
  mkdirSync(CLIENT_STORE, { recursive: true });
  for (const name of LISTS) writeFileSync(file(name), JSON.stringify(await read(get, name)));
}
