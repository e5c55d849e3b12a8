// Puller: fetch, several pages at once if CLIENT_WORKERS says so, and one gate for all of them.

import { setTimeout as sleep } from "node:timers/promises";
import { readJson, writeJson } from "./store.js";

const LISTS = (process.env.CLIENT_LISTS ?? "members,quotes,invoices").split(",");
const LIMIT = Number(process.env.CLIENT_PAGE_SIZE ?? 150);
const WORKERS = Number(process.env.CLIENT_WORKERS ?? 1);
const MOST_LIMITED = 10;
const MOST_FAILED = 5;
const PASSES = 3;

class GivenUp extends Error {}

let openAt = 0;
let stopped = false;

async function gate() {
  while (openAt > performance.now()) await sleep(openAt - performance.now());
}

// Seconds of Retry-After, as a number or as a date; undefined where it says neither.
function retryAfter(answer) {
  const text = answer.headers.get("retry-after");
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

function isPage(page) {
  return Array.isArray(page?.data) && page.data.every((record) => typeof record?.id === "string")
    && Number.isInteger(page.pagination?.total);
}

// The answer to one request: a page, or what else it means.
async function attempt(name, offset) {
  let answer;
  try {
    answer = await fetch(`${process.env.ONEINVOICE_URL}/api/v1/${name}?limit=${LIMIT}&offset=${offset}`, {
      headers: { Authorization: `Bearer ${process.env.ONEINVOICE_KEY}` }, // fetch drops it on the way to another origin
      signal: AbortSignal.timeout(8000),
    });
    if (answer.status === 200) {
      const page = JSON.parse(await answer.text());
      return isPage(page) ? { page } : { failure: "no page" };
    }
    await answer.arrayBuffer();
  } catch (error) {
    if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(error.cause?.code ?? "")) {
      throw new GivenUp("the certificate is not trusted");
    }
    return { failure: error.name };
  }
  if (answer.status === 429) return { limited: true, seconds: retryAfter(answer) };
  if (answer.status >= 500) return { failure: answer.status, seconds: retryAfter(answer) };
  throw new GivenUp(`status ${answer.status}`);
}

async function read(name, offset) {
  for (let limited = 0, failed = 0; ; ) {
    await gate();
    if (stopped) throw new GivenUp("another worker gave up");
    const { page, failure, seconds } = await attempt(name, offset);
    if (page) return page;
    if (failure) {
      if (++failed >= MOST_FAILED) throw new GivenUp(`${name} failed: ${failure}`);
      await sleep(1000 * Math.max(seconds ?? 0, 0.6 * 2 ** (failed - 1)));
    } else {
      if (++limited >= MOST_LIMITED) throw new GivenUp(`${name} are limited`);
      const wait = seconds === undefined ? Math.min(60, 1.5 ** limited) : seconds;
      openAt = Math.max(openAt, performance.now() + 1000 * wait + 150);
    }
  }
}

// The pages from one position to another.
async function stretch(name, start, end) {
  const pages = [];
  for (let offset = start; offset < end; ) {
    const page = await read(name, offset);
    pages.push(page);
    offset += page.data.length;
    if (!page.data.length || offset >= page.pagination.total) break;
  }
  return pages;
}

async function pass(name) {
  const first = await read(name, 0);
  const { total } = first.pagination;
  const size = first.data.length;
  const starts = [];
  for (let start = size; size && start < total; start += size) starts.push(start);
  const pages = [first];
  const worker = async () => {
    while (starts.length) {
      const start = starts.shift();
      pages.push(...(await stretch(name, start, Math.min(total, start + size))));
    }
  };
  try {
    await Promise.all(Array.from({ length: WORKERS }, worker));
  } catch (error) {
    stopped = true;
    throw error;
  }
  return pages;
}

async function all(name) {
  const found = new Map();
  for (let number = 1; ; number += 1) {
    const pages = await pass(name);
    const records = new Map(pages.flatMap((page) => page.data.map((record) => [record.id, record])));
    records.forEach((record, id) => found.set(id, record));
    const totals = new Set(pages.map((page) => page.pagination.total));
    if (totals.size === 1 && records.size >= [...totals][0]) return records;
    if (number === PASSES) {
      if (found.size < pages.at(-1).pagination.total) throw new GivenUp(`${name} are not whole`);
      return found;
    }
  }
}

export async function sync() {
  try {
    for (const name of LISTS) {
      const began = Date.now();
      const kept = readJson(`${name}.json`) ?? {};
      for (const [id, record] of await all(name)) kept[id] = { record, began };
      writeJson(`${name}.json`, kept);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof GivenUp)) throw error;
    console.error(error.message);
    return 1;
  }
}
