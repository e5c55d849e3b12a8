"""Several freedoms at once, as a deployment by strangers would use them."""

from __future__ import annotations

from tests.miniatures.decorators import variant
from tests.miniatures.freedoms import (
    change,
    discovery,
    documents,
    parameters,
    readings,
    records,
    refusals,
    shapes,
    sizes,
    transport,
    wrapped,
)


@variant()
class GrowsAtTheFront(change.GrowsThenQuiet, parameters.NewestFirst):
    """The newest members come first, and one joins at every third of the first forty requests."""


@variant()
class StrictJava(
    shapes.NestedEnvelope,
    shapes.AllListsPage,
    parameters.LargeLimitBadRequest,
    parameters.UnknownStatusBadRequest,
    parameters.PastTheEndBadRequest,
    parameters.UnknownParametersBadRequest,
    documents.CamelCaseAndNestedPayment,
    documents.TotalsWithCurrency,
    documents.SigningInCamelCase,
    refusals.ErrorsAsProblems,
    discovery.DiscoveryHal,
    transport.GzippedWhenAsked,
    transport.PrettyPrinted,
):
    """Strict about parameters, nested, in camel case."""


@variant()
class LenientScript(
    shapes.BareArray,
    parameters.NewestFirst,
    parameters.UnknownStatusIgnored,
    parameters.BadNumbersIgnored,
    documents.StatusTellsAll,
    documents.TotalsAsStrings,
    documents.SigningFlat,
    documents.DraftsHaveNulls,
    refusals.ErrorsEmpty,
    discovery.DiscoveryBareList,
    transport.OldProtocol,
    transport.AsciiOnly,
):
    """Forgives every parameter, and shows what its tables hold."""


@variant()
class JsonApiService(
    shapes.JsonApi,
    parameters.MembersByName,
    parameters.LargeLimitUnprocessable,
    parameters.BadNumbersUnprocessable,
    records.UuidIds,
    documents.DatesNested,
    documents.SigningAbsentUntilAnswered,
    refusals.ErrorsWithData,
    discovery.DiscoveryOpenApi,
    transport.Chunked,
    transport.UnderBasePath,
):
    """JSON:API under a base path, in chunks, ordered by name."""


@variant(undecided=("QUO-2", "INV-2"))
class SmallTenantDatabases(
    shapes.NamedEnvelope,
    shapes.NumberedPages,
    parameters.NegativeIgnored,
    parameters.LimitOfZeroEmpty,
    records.IdsRepeatAcrossOrganisations,
    documents.PaidOrNot,
    documents.TotalsInCents,
    documents.DraftsLackFields,
    records.MembersWithoutStatus,
    refusals.Challenged,
    refusals.HeadUnsupported,
    discovery.DiscoveryNameToAddress,
    transport.ConnectionClosed,
):
    """A database for each organisation, members without status, quotes and invoices by numbered pages."""


@variant()
class BusyAfternoon(
    change.DatabaseErrorNowAndThen,
    change.QuoteGetsAccepted,
    parameters.UnpagedOrderVaries,
    records.LinksFreshlySigned,
    refusals.ErrorsInHtml,
    transport.OddHeaders,
):
    """A busy service: errors of its database, customers at work, links that differ in each answer."""


@variant(may_be_undecided=("MEM-5", "MEM-6", "MEM-7", "MEM-8"))
class GrowsForEverNewestFirst(change.GrowsForEver, parameters.NewestFirst, shapes.BareArray):
    """A member joins at every request, and the newest come first."""


@variant(undecided=("MEM-7", "QUO-2", "INV-2"))
class RowsAndPlaces(records.PlacesInTheQuery, readings.IdsOfRows):
    """Ids are numbers of rows, and records have a cursor and an address that differ with the query as well."""


@variant(undecided=("QUO-2",), may_be_undecided=("MEM-7", "INV-2"))
class RowsAndTokens(records.TokensAnew, readings.IdsOfRows):
    """Ids are numbers of rows, and tokens of quotes are made anew in each answer."""


@variant(may_be_undecided=sizes.ANY)
class NothingPaidByPayment(sizes.NothingAnswered, readings.FilteredByPayment):
    """What is filtered is the payment status, and no customer has paid yet."""


@variant(may_be_undecided=sizes.ANY, comparable=False)
class NothingPastTheEnd(parameters.PastTheEndNotFound, sizes.Empty):
    """There are no records at all, and an offset past the end gets 404."""


@variant(may_be_undecided=sizes.ANY)
class NamesAndLabels(wrapped.StatusObjects, readings.NamesAlone):
    """Members are told by their name and the label of their status alone, which both organisations have."""
