// Types of openapi-typescript: the events of all webhooks as one union, which `event` tells apart.
import type { components, paths, webhooks } from "./contract";

type Body<Name extends keyof webhooks> = webhooks[Name]["post"]["requestBody"]["content"]["application/json"];
type WebhookEvent = Body<keyof webhooks>;
type Invoice = components["schemas"]["Invoice"];

export function told(event: WebhookEvent): string {
  switch (event.event) {
    case "invoice.created":
    case "invoice.sent":
    case "invoice.paid": {
      const invoice: Invoice = event.data;
      // @ts-expect-error an invoice has no page
      void event.data.public_token;
      return `${event.id} ${invoice.number} ${invoice.due_date} ${invoice.customer.email ?? ""}`;
    }
    case "quote.accepted":
    case "quote.rejected":
      return event.data.signing?.decision ?? event.data.public_token;
    case "quote.created":
    case "quote.sent":
      // @ts-expect-error a quote is not due
      void event.data.due_date;
      return event.data.total;
    case "api.change_announced":
      return event.data.effective_on;
    // @ts-expect-error no webhook has this event
    case "invoice.lost":
      return "";
    default: {
      const none: never = event; // all events are told
      return none;
    }
  }
}

export function toldUnasked(event: WebhookEvent): unknown {
  // @ts-expect-error which event it is was not asked
  return event.data.due_date;
}

type Filter = NonNullable<NonNullable<paths["/api/v1/invoices"]["get"]["parameters"]["query"]>["status"]>;
export const filter: Filter = "paid";
// @ts-expect-error a filter takes no other status
export const another: Filter = "a later one";

type Page = paths["/api/v1/invoices"]["get"]["responses"][200]["content"]["application/json"];
export function statuses(page: Page): string[] {
  return page.data.map((invoice) => (invoice.status === "paid" ? "paid" : invoice.status));
}
// A record may have a status that a later document names.
export const later: Invoice["status"] = "a later one";
// @ts-expect-error a status is a text
export const wrong: Invoice["status"] = 7;

type Refusal = paths["/api/v1/members"]["get"]["responses"][400]["content"]["application/problem+json"];
export const parameter = (refusal: Refusal): string => refusal.errors[0].parameter + refusal.detail;
