// Receiver: one thread, so that what is remembered and what is done are one step.

import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { append, journal, readJson } from "./store.js";

const ACCEPTED = Number(process.env.CLIENT_ACCEPTED ?? 200);
const REFUSED = Number(process.env.CLIENT_REFUSED ?? 401);
const KNOWN = new Set([
  ...["created", "sent", "paid"].map((change) => `invoice.${change}`),
  ...["created", "sent", "accepted", "rejected"].map((change) => `quote.${change}`),
]);

function isGenuine(body, signature) {
  const given = Buffer.from(signature ?? "", "latin1");
  return (readJson("secrets.json") ?? []).some((secret) => {
    const expected = Buffer.from(createHmac("sha256", secret).update(body).digest("hex"), "latin1");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

export async function serve(port) {
  const seen = new Set(journal().map(({ event }) => event.id));

  function status(request, body) {
    if (request.method !== "POST") return 405;
    if (!isGenuine(body, request.headers["x-1invoice-signature"])) return REFUSED;
    const event = JSON.parse(body);
    if (KNOWN.has(event.event) && !seen.has(event.id)) {
      append({ event, arrived: Date.now() });
      seen.add(event.id);
    }
    return ACCEPTED;
  }

  const server = createServer(async (request, response) => {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
      response.statusCode = status(request, Buffer.concat(chunks));
    } catch {
      response.statusCode = 500;
    }
    response.end();
  });
  for (let left = 100; ; left -= 1) {
    server.listen({ host: "127.0.0.1", port, backlog: 511 });
    try {
      await once(server, "listening");
      return server.address().port;
    } catch (error) {
      if (error.code !== "EADDRINUSE" || !left) throw error; // the one before may take a moment to leave
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
