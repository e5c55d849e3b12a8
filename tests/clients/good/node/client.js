// Client of Node alone: node client.js sync | receiver [PORT] | dump | restart | rotate NEW [OLD]
// Its store, CLIENT_STORE, has a journal with a line for each event, and a file for each list that was read.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, unlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { contents, readJson, writeJson } from "./store.js";
import { serve } from "./receiver.js";
import { sync } from "./puller.js";

const [program, ...given] = process.argv.slice(2);
mkdirSync(process.env.CLIENT_STORE, { recursive: true });

async function receiver(port = "0") {
  if (process.env.ONEINVOICE_WEBHOOK_SECRET) writeJson("secrets.json", [process.env.ONEINVOICE_WEBHOOK_SECRET]);
  const bound = await serve(Number(port));
  writeJson("receiver.json", { pid: process.pid, port: bound });
}

async function restart() {
  const { pid, port } = readJson("receiver.json");
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
  const state = `${process.env.CLIENT_STORE}/receiver.json`;
  unlinkSync(state);
  const { ONEINVOICE_WEBHOOK_SECRET: _, ...env } = process.env;
  const script = fileURLToPath(import.meta.url);
  spawn(process.execPath, [script, "receiver", String(port)], { env, detached: true, stdio: "ignore" }).unref();
  while (!existsSync(state)) await sleep(20);
}

const programs = {
  sync: async () => (process.exitCode = await sync()),
  receiver,
  dump: () => process.stdout.write(JSON.stringify(contents()) + "\n"),
  restart,
  rotate: (...secrets) => writeJson("secrets.json", secrets.filter(Boolean)),
};

await programs[program](...given);
