"""How quotes and invoices tell totals, signing, payment and due dates."""

from __future__ import annotations

from typing import Any

from tests.miniatures.data import Invoice, Quote, Record
from tests.miniatures.decorators import variant
from tests.miniatures.deployment import Deployment


class _Totals(Deployment):
    def quote(self, quote: Quote) -> dict[str, Any]:
        return super().quote(quote) | {"total": self.total(quote)}

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        return super().invoice(invoice) | {"total": self.total(invoice)}

    def total(self, document: Quote | Invoice) -> Any:
        raise NotImplementedError


@variant()
class TotalsAsStrings(_Totals):
    """Totals are decimal strings."""

    def total(self, document: Quote | Invoice) -> Any:
        return f"{document.total:.2f}"


@variant()
class TotalsInCents(_Totals):
    """Totals are whole numbers of cents."""

    def total(self, document: Quote | Invoice) -> Any:
        return int(document.total * 100)


@variant()
class TotalsWithCurrency(_Totals):
    """Totals are objects of amount and currency."""

    def total(self, document: Quote | Invoice) -> Any:
        return {"amount": f"{document.total:.2f}", "currency": document.currency}


@variant()
class DraftsWorthNothing(_Totals):
    """The total of a draft is 0."""

    def total(self, document: Quote | Invoice) -> Any:
        return 0 if document.status == "draft" else float(document.total)


@variant()
class InvoicesWithoutTotal(Deployment):
    """Invoices tell no total, which is promised of quotes only."""

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        return _without(super().invoice(invoice), "total")


class _Invoices(Deployment):
    """Shows payment and due date of invoices in other ways."""

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        return _without(super().invoice(invoice), "payment_state", "due_on") | self.told(invoice)

    def told(self, invoice: Invoice) -> dict[str, Any]:
        raise NotImplementedError


@variant()
class CamelCaseAndNestedPayment(_Invoices):
    """Invoices have dueDate and payment: {state}."""

    def told(self, invoice: Invoice) -> dict[str, Any]:
        return {"dueDate": invoice.due.isoformat(), "payment": {"state": invoice.payment}}


@variant()
class NamesOfTheDocumentation(_Invoices):
    """Invoices have payment_status and due_date."""

    def told(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_date": invoice.due.isoformat(), "payment_status": invoice.payment}


@variant()
class PaidOrNot(_Invoices):
    """Invoices have is_paid, a boolean, and due."""

    def told(self, invoice: Invoice) -> dict[str, Any]:
        return {"due": invoice.due.isoformat(), "is_paid": invoice.status == "paid"}


@variant()
class PaymentStateInCamelCase(_Invoices):
    """Invoices have paymentState and payBy."""

    def told(self, invoice: Invoice) -> dict[str, Any]:
        return {"payBy": invoice.due.isoformat(), "paymentState": invoice.payment.upper()}


@variant()
class DatesNested(_Invoices):
    """Invoices have dates: {issued, due} and settlement: {status}."""

    def told(self, invoice: Invoice) -> dict[str, Any]:
        dates = {"issued": invoice.created[:10], "due": invoice.due.isoformat()}
        return {"dates": dates, "settlement": {"status": invoice.payment}}


@variant()
class StatusInWordsOfPayment(Deployment):
    """The status of an invoice is its payment status: unpaid, overdue or paid; there is no other field for it."""

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        return _without(super().invoice(invoice), "payment_state") | {"status": invoice.payment}

    def matches(self, record: Record, status: str) -> bool:
        return record.payment == status if isinstance(record, Invoice) else super().matches(record, status)


@variant()
class StatusTellsAll(StatusInWordsOfPayment):
    """The status of an invoice is draft, unpaid, overdue or paid; there is no other field for payment."""

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        shown = super().invoice(invoice)
        return shown | {"status": "draft"} if invoice.status == "draft" else shown

    def matches(self, record: Record, status: str) -> bool:
        is_draft = isinstance(record, Invoice) and record.status == "draft"
        return status == "draft" if is_draft else super().matches(record, status)


@variant()
class DueAtMidnight(Deployment):
    """Due dates are date-times in UTC."""

    def due(self, invoice: Invoice) -> Any:
        return f"{invoice.due}T00:00:00Z"


@variant()
class DueWithOffset(Deployment):
    """Due dates are date-times with an offset and fractions of a second."""

    def due(self, invoice: Invoice) -> Any:
        return f"{invoice.due}T23:59:59.999999+01:00"


@variant()
class DueInSeconds(Deployment):
    """Due dates are seconds since 1970."""

    def due(self, invoice: Invoice) -> Any:
        return invoice.due.toordinal() * 86_400 - 62_135_683_200


@variant()
class DueInMilliseconds(DueInSeconds):
    """Due dates are milliseconds since 1970."""

    def due(self, invoice: Invoice) -> Any:
        return int(super().due(invoice)) * 1000


class _Drafts(Deployment):
    """Shows drafts without what they don't have yet."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return self.unfinished(shown, "public_token", "signature") if quote.status == "draft" else shown

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        shown = super().invoice(invoice)
        return self.unfinished(shown, "due_on") if invoice.status == "draft" else shown

    def unfinished(self, shown: dict[str, Any], *names: str) -> dict[str, Any]:
        raise NotImplementedError


@variant()
class DraftsLackFields(_Drafts):
    """Drafts lack public_token, signing info and due date."""

    def unfinished(self, shown: dict[str, Any], *names: str) -> dict[str, Any]:
        return _without(shown, *names)


@variant()
class DraftsHaveNulls(_Drafts):
    """Drafts have null for public_token, signing info and due date."""

    def unfinished(self, shown: dict[str, Any], *names: str) -> dict[str, Any]:
        return shown | dict.fromkeys(names)


@variant()
class TokensAreNumbers(Deployment):
    """The public_token of a quote is a number."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        return super().quote(quote) | {"public_token": int(quote.public_token, 36)}


@variant()
class SigningAbsentUntilAnswered(Deployment):
    """A quote that nobody has answered has no signing info."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        return shown if quote.signature else _without(shown, "signature")


@variant()
class SigningBlankUntilAnswered(Deployment):
    """A quote that nobody has answered has signing info of nulls."""

    def signature(self, quote: Quote) -> Any:
        return super().signature(quote) or {"by": None, "from_ip": None, "at": None}


@variant()
class SigningFlat(Deployment):
    """Signing info is flat: signed_at and signer_name."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        signature = quote.signature
        flat = {"signed_at": signature and signature.at, "signer_name": signature and signature.name}
        return _without(super().quote(quote), "signature") | flat


@variant()
class SigningInCamelCase(Deployment):
    """Signing info is signingInfo, with all that is known."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        info = {"isSigned": quote.signature is not None, "details": super().signature(quote)}
        return _without(super().quote(quote), "signature") | {"signingInfo": info}


@variant()
class SignaturesAsList(Deployment):
    """Signing info is a list of signatures, empty while nobody has answered."""

    def quote(self, quote: Quote) -> dict[str, Any]:
        signature = super().signature(quote)
        return _without(super().quote(quote), "signature") | {"signatures": [signature] if signature else []}


def _without(shown: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in names}
