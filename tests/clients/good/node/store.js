// Store: a journal of events, one line each, and the lists as they were read. What is kept is worked out from both.

import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RANKS = { draft: 0, sent: 1, accepted: 2, rejected: 2, paid: 2 };
export const KINDS = { invoice: "invoices", quote: "quotes" };

const path = (name) => join(process.env.CLIENT_STORE, name);

export function readJson(name) {
  try {
    return JSON.parse(readFileSync(path(name), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

export function writeJson(name, content) {
  const unfinished = path(`${name}.${process.pid}`);
  writeFileSync(unfinished, JSON.stringify(content));
  renameSync(unfinished, path(name));
}

// Every line that was written whole; one that was cut by a kill was never answered, and comes again.
export function journal() {
  let text;
  try {
    text = readFileSync(path("journal"), "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => {
    try {
      return line ? [JSON.parse(line)] : [];
    } catch {
      return [];
    }
  });
}

// A newline first: what a kill left unfinished does not spoil the next line.
export function append(entry) {
  appendFileSync(path("journal"), `\n${JSON.stringify(entry)}\n`, { flush: true });
}

const moment = (time) => Date.parse(time);
const rank = (record) => RANKS[record.status] ?? 1;

export function contents() {
  const kept = { members: {}, quotes: {}, invoices: {} };
  const read = {};
  for (const name of Object.keys(kept)) {
    const list = readJson(`${name}.json`);
    for (const [id, { record, began }] of Object.entries(list ?? {})) {
      kept[name][id] = record;
      read[id] = began;
    }
  }
  const latest = {};
  const effects = {};
  for (const { event, arrived } of journal()) {
    effects[event.id] = 1;
    const other = latest[event.data.id];
    const isLater =
      !other ||
      moment(event.created_at) > moment(other.event.created_at) ||
      (moment(event.created_at) === moment(other.event.created_at) && rank(event.data) >= rank(other.event.data));
    if (isLater) latest[event.data.id] = { event, arrived };
  }
  for (const [id, { event, arrived }] of Object.entries(latest)) {
    const name = KINDS[event.event.split(".")[0]];
    const isStale = read[id] > arrived || (kept[name][id] && rank(event.data) < rank(kept[name][id]));
    if (!isStale) kept[name][id] = event.data;
  }
  return { ...kept, effects };
}
