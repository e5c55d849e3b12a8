// Reads a mock and its events by the client that @hey-api/openapi-ts made: node read_mock.js URL KEY DELIVERIES
import { client } from "./client/client.gen";
import { discover, listInvoices, listMembers, listQuotes } from "./client/sdk.gen";
import type {
  ApiChangeAnnounced, Invoice, InvoiceCreated, InvoicePaid, InvoiceSent, QuoteAccepted, QuoteCreated, QuoteRejected,
  QuoteSent,
} from "./client/types.gen";

declare const process: { argv: string[]; exitCode: number };
declare function require(name: string): { readFileSync(path: string, encoding: string): string };

type WebhookEvent =
  | InvoiceCreated | InvoiceSent | InvoicePaid | QuoteCreated | QuoteSent | QuoteAccepted | QuoteRejected
  | ApiChangeAnnounced;

const [, , url, key, deliveries] = process.argv;

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function told(event: WebhookEvent): string {
  switch (event.event) {
    case "invoice.created":
    case "invoice.sent":
    case "invoice.paid": {
      const invoice: Invoice = event.data;
      check(invoice.due_date.length === 10, "a due date");
      break;
    }
    case "api.change_announced":
      check(event.data.effective_on.length === 10, "a day");
      break;
    default:
      check(event.data.public_token.length >= 16, "a token");
  }
  return event.event;
}

async function main(): Promise<void> {
  check(client.getConfig().baseUrl === "https://1invoice.online", "the server of the document");
  client.setConfig({ baseUrl: url, auth: key });
  check((await discover()).data?.version === "v1", "discovery");
  const query = { limit: 200 };
  const pages = [await listMembers({ query }), await listQuotes({ query }), await listInvoices({ query })];
  for (const { data } of pages) check(data !== undefined && data.data.length > 0, "records");
  const paid = await listInvoices({ query: { status: "paid" } });
  check(paid.data?.data.every((invoice) => invoice.payment_status === "paid") === true, "invoices that are paid");
  const refused = await listMembers({ query: { limit: 201 } });
  check(refused.error !== undefined && "errors" in refused.error, "a refusal");
  const bodies = JSON.parse(require("node:fs").readFileSync(deliveries, "utf-8")) as WebhookEvent[];
  console.log(bodies.map(told).sort().join(" "));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
