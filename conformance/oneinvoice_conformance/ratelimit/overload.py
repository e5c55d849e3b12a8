"""Overload a key once, for all RATE rules, and bound what its rate limiter must have counted.

The question. The documentation grants a key 60 requests a minute (or `limit`, as agreed) and says neither how they are
counted nor from when on. Five requirements follow from it: as many are served (RATE-1), more are refused with 429
(RATE-2; RFC 6585, 4), another key isn't affected (RATE-3), a minute of silence ends it (RATE-4), and all endpoints
count together (RATE-5). A verdict has to be right for every limiter that grants the limit:

- A sliding log keeps the time of each request; none is served that would be one too many in the last 60 s.
- A fixed window counts from some second on, its phase, and anew each minute: twice the limit may pass about its turn.
- A sliding counter counts in fixed windows, and adds the last one by its overlap with the minute that ends now, so
  that a request may count, ever less, for almost two minutes.
- A token bucket holds some requests and is refilled evenly; a leaky bucket as a meter, and the generic cell rate
  algorithm (ITU-T I.371), are the same seen from outside. It may hold any number from one up to a minute's.
- Each may count the requests that it refuses, or not; be soft, and let a tenth more pass; grant only so many a second
  besides; or run on several nodes behind a balancer, none of which knows of the others, or a second later at most.

What can be known. A request is counted at some time between its sending and its answer. No window, phase or bucket can
be seen, only which requests were served, on which connection and when: the load profile. So nothing is concluded from
"the 61st was refused". Each verdict rests on what holds for whatever may have been counted, and where nothing does, it
is `inconclusive`. Some of that are inequalities for one moment, in `limiter_bounds.py` with what makes them sound:

    ServedStreak         so many served requests lie between two times a minute apart
    max_counted          sum of (received + 121 - now) / 60, each from 0 to 1, >= what any limiter still counts
    leaving_window       requests with received + 61 >= start and sent + 60 <= end >= what a window forgets meanwhile
    max_let_in           1 + 1.5 * limit * seconds / 60 + leaving_window >= what is served between two refusals
    bucket_level         the level of a bucket that takes everything >= that of one that refuses what overflows
    min_bucket_capacity  requests - 1.1 * limit * seconds / 60 <= what a bucket has held that served them so fast

The rest holds all that was seen against each kind of limiter, with its phase left open, in `explanations.py`:

    exceeds_every_limiter  no cut into windows of a minute, and no bucket, serves as much, a tenth more included
    unexplained_refusal    no log, window, counter or bucket that may have refused this may have served all the rest
    uncounted_requests     without these the key was refused after the limit, twice, whatever their share was

What is done. Each phase is a module; those that no requirement in scope needs, or that are settled, are left out.

1. `burst`: send until a 429. The requests that the run has sent before begin the minute; what fills it is mixed, of all
   endpoints, with a query and without (`others`). At most `cap` are served, and beyond what a window holds with pauses
   of a second, in which all nodes that share a count learn of it (`KeyUnderLoad`). A run that was refused early and
   went on at even distances first goes on so until a minute is full.
2. `overflow`: go on over new connections, which may lead to other workers, as long as more is served than chance lets
   in; and then at 2.8 times the limit's pace, three requests at least, as long as it serves more than the limit's.
3. `watching`, `interleaving`, `others`: while the key is refused, other keys and all endpoints, with a query and
   without, are asked in rounds, each between two refusals of the key, so that what they get can't be for the time at
   which they were asked; and without pauses, in which a bucket would refill. Where answers come by turns and slowly,
   they are asked one after the other, since a round of all takes so long that chance lets in as many. Another key that
   is refused, and a code other than 429, is asked for again after 2 s, one request at a time: a limit for each second
   on the address serves that.
4. `silence`: probes 5, 12, 25 and 31 s later. What is served is followed by a burst: more than a bucket refills
   meanwhile shows a window that is shorter than a minute, or turned over; then probes come more often. What no limiter
   explains by then ends the measuring.
5. `recovery`: a minute after the refusal one request; if that is refused, another when `max_counted` has fallen below
   the limit; if that is, another after a minute without any request, since each may have prolonged a refusal; and if
   that is served, another after a second overload and such a minute.
6. `second_minute`: use it, up to what later rules leave of it. Only over it where the first minute left something open,
   or was served too much: two minutes after the first if something was refused, so that no limiter remembers that. The
   mix is another, unless an endpoint is open: limits of each endpoint's own, or requests that aren't counted, show. If
   it is refused early, go on at nine tenths of the limit's pace, until nothing explains that or the pace shows.
7. `limit_proof`: where fewer than the limit were served in a row, whether fewer are granted, or a bucket or the phase
   of a window made it look so.

Where another limit refuses what is hasty, so that what another key gets hardly settles, 5 to 7 end when they would take
the run beyond some 200 s (`KeyUnderLoad.has_time`): it stays undecided anyway.

What follows from it.

- RATE-1 passes if a `ServedStreak` reaches the limit, unless an `unexplained_refusal` fails it: a bucket that was full
  serves the limit once and may refill at half of it. It fails, too, if after 121 s of silence the key is refused though
  no more requests than the limit were sent since, and again 6 s later. Of what was sent before the silence nothing
  counts (`max_counted` is 0), so that no window is full; and a bucket has six requests again. A window that turns
  over in those 6 s serves more: the burst is then repeated, once, when the same window has only begun. Else the limit
  is sent at even distances over a minute. Every window has room for all of them, and so has a bucket that holds two
  more than are sent together (`min_bucket_capacity`), for those that were under way longer than others; a 429 then
  fails it. A bucket of one refuses even distances for a millisecond: a few requests a quarter slower tell whether it
  refills. Where requests are granted one by one, ten seconds fill a bucket, and a refusal after them fails it only if
  it is unexplained. What came sooner after another request, of any key, than at the limit's pace needs no explanation.
- RATE-2 fails if more than 2 * ceil(1.1 * limit) were sent, served and answered within a minute, however they were
  spread, since a minute touches two fixed windows at most, and a bucket serves what it holds and what it gets; and only
  if nodes don't explain that which know of each other's requests after a second. If fewer were that no limiter of the
  limit explains, or only such nodes do, it is `inconclusive`. It fails, too, if the same other code than 429 comes
  in two bursts, with a recovery between them, and such codes are a third of the refusals in each. Rarer ones are
  glitches, that come to whatever is sent; and some come of a limit on the address, when all keys together have sent
  half as much again as one may, or where a slower pace gets 429 or is served.
- RATE-3 fails if another key was refused between refusals of this one, twice, though a limit of its own had room:
  `max_counted` of its requests (`bucket_level` where they go one by one), with those of the round, is no more than
  what the overloaded key was served at once (`min_bucket_capacity`). When all keys together sent half as much
  again as one may, a limit on the address may be the reason, and it is asked again after a silence. It passes if other
  keys were served more than `max_let_in`, which is all that a limiter in common could have let them have between its
  refusals.
- RATE-4 passes if the key is served within a minute after its refusal, or at one of the steps of the recovery. It fails
  if it is refused when `max_counted` has fallen below the limit, and below the most that it was ever served, so that a
  limit that is too low is not taken for one that doesn't end; and refused again after a minute without any request.
  It fails, too, if another endpoint, or form of a request, is refused three times between two that are served, 2 s
  apart, after a minute without it, and when `max_counted` of that endpoint is below the most that it was ever served.
- RATE-5 fails as RATE-3 passes: another endpoint, or one without a query, is served more than `max_let_in`, at least
  ten times in three full rounds. Nodes that count for themselves would let it and the key in by turns: so the key may
  be served once at most. It fails, too, if some are `uncounted_requests`, though refused with the rest. It passes if
  each other endpoint was refused while a limit of its own had room.

What is not seen. Workers that count for themselves and together stay below twice the limit, but as a question; a
sliding log of 30 s or more that is shorter than a minute; a fixed window of half the limit or more that turns over in
the first burst; requests that are not counted where fewer than a tenth of the mix are; a lockout of up to some 75 s,
and of one endpoint alone of up to two minutes and more; a refill of 50 a minute into a bucket of 60, and of 90 or 120
into one of 20 or less; refusals at random.

On a deployment so slow that time lets in what would tell, RATE-3 and RATE-5 stay `inconclusive`, and a bucket that was
full may refill while a burst goes on. Others who use the key at the same time can cause each refusal: with
`--shared-key` none of them fails RATE-1, RATE-3 or RATE-4.

Why these steps and not others: docs/decisions/0005-measure-the-rate-limit-by-bounds.md and
docs/decisions/0010-a-measured-load-profile.md. That the conclusions hold is tried on models of all these limiters, by
tests/conformance/rate.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.pacer import WINDOW
from oneinvoice_conformance.ratelimit.burst import fill_minute, send_burst
from oneinvoice_conformance.ratelimit.explanations import exceeds_every_limiter, uncounted_requests
from oneinvoice_conformance.ratelimit.interleaving import Target, stays_refused
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limit_proof import REFILL, prove_limit
from oneinvoice_conformance.ratelimit.limiter_bounds import (
    FORGET_AFTER,
    LAG,
    MINUTE,
    SOFT_LIMIT,
    min_bucket_capacity,
    most_in_a_minute,
)
from oneinvoice_conformance.ratelimit.load_profile import LoadProfile, load_profile, refused_from_the_start
from oneinvoice_conformance.ratelimit.others import OTHER_KEYS, mix, mix_of_others, targets, unresolved
from oneinvoice_conformance.ratelimit.overflow import outlast_lag, overflow
from oneinvoice_conformance.ratelimit.overload_result import OverloadResult
from oneinvoice_conformance.ratelimit.recovery import find_left_behind, watch_recovery
from oneinvoice_conformance.ratelimit.second_minute import explain_refusal, use_second_minute
from oneinvoice_conformance.ratelimit.silence import probe_silence
from oneinvoice_conformance.ratelimit.watching import WatchedBurst, must_be_forgotten, watch

MAX_WITHOUT_ALLOW_LOAD = 300  # requests a minute, beyond which load has to be allowed
_TWO_AT_ONCE = 2.0  # requests, which a bucket of one doesn't serve
_WATCHING = 25.0  # seconds that a burst and what is watched meanwhile take
_EXPLANATION = 125.0  # seconds that it takes to explain a refusal at most
_LATE = 1.05  # times the limit at once, after which a first refusal comes late: some requests may not be counted
_SMALL = 4  # times what a bucket holds that is not worth a burst, is less than the limit
_RULES = {f"RATE-{number}" for number in range(1, 6)}


class Overload:
    """Sends more with one key than its limit, watches what others get meanwhile, and waits for its recovery.

    `wanted` are the requirements that are to be judged; what none of them needs is not sent. More than 300 requests
    a minute need `allow_load`. `shared` says that others use the keys at the same time.
    """

    def __init__(
        self, client: Client, wanted: Collection[str], *, allow_load: bool = False, shared: bool = False
    ) -> None:
        self.client = client
        self.wanted = _RULES & set(wanted)
        limit = client.pacer.limit
        # Two fixed windows may turn over within a minute.
        most = 2 * math.ceil(SOFT_LIMIT * limit) + 1
        cap = most if allow_load else min(most, MAX_WITHOUT_ALLOW_LOAD)
        self._unmeasured = OverloadResult("", limit, cap, needs_allow_load=cap < most, is_shared=shared)
        self._result: OverloadResult | None = None
        self.profile: LoadProfile | None = None

    def measure(self, request: Request) -> OverloadResult:
        """Return what overloading the key of the request with it shows; sent once."""
        if self._result is None:
            first = len(self.client.journal)
            key = KeyUnderLoad(self.client, request, self._unmeasured.cap, mix(self.client, request))
            result = self._measure(key, targets(self.client, request, self.wanted))
            sent = key.sent()
            result = replace(
                result,
                capacity=key.min_capacity(),
                is_one_by_one=key.is_paced,
                most_in_a_minute=most_in_a_minute(sent),
                is_exceeded=exceeds_every_limiter(sent, key.limit),
                is_beyond_lag=exceeds_every_limiter(sent, key.limit, LAG),
                exchanges=tuple(self.client.journal[first:]),
            )
            self.profile = load_profile(result, sent)
            self._result = replace(result, measured=self.profile.words)
        return self._result

    def note_refusal(self, account: str) -> LoadProfile | None:
        """Return the profile of a key that was refused whenever it was used; None if it was served once."""
        sent = [each for each in self.client.journal if each.request.credential.account == account]
        if sent and all(each.status == 429 for each in sent):
            self.profile = refused_from_the_start(sent)
            return self.profile
        return None

    def _measure(self, key: KeyUnderLoad, others: Sequence[Target]) -> OverloadResult:
        if key.is_paced:
            fill_minute(key)
        burst = send_burst(key)
        result = replace(self._unmeasured, overloaded=key.request.endpoint, first=WatchedBurst(burst))
        if burst.refusals:
            result = self._watch(key, result, others)
        outlast_lag(key)
        result = replace(result, most_served=key.most_served())
        is_exceeded = exceeds_every_limiter(key.sent(), key.limit)
        if "RATE-4" in self.wanted and result.recovers and not is_exceeded:
            left_behind = find_left_behind(key, burst.refusals[0].received)
            result = replace(result, recovery=replace(result.recovery, left_behind=left_behind))
        if "RATE-1" in self.wanted and _is_limit_doubtful(result) and not is_exceeded:
            refills = bool(result.silence.served) and not result.silence.turns
            is_open = _hardly_settles(result, others) or (key.is_prompt and bool(_open_roles(result, others)))
            if is_open and not key.has_time(FORGET_AFTER + MINUTE):
                return replace(result, is_cut_short=True)
            is_small = key.is_paced and _SMALL * min_bucket_capacity(key.sent(), key.limit, within=MINUTE) < key.limit
            result = replace(result, proof=prove_limit(key, one_by_one=is_small or refills))
        return replace(result, most_served=key.most_served())

    def _watch(self, key: KeyUnderLoad, result: OverloadResult, others: Sequence[Target]) -> OverloadResult:
        """Return what is seen while the key is refused, as it recovers, and in a second minute."""
        burst, result = result.first.burst, replace(result, overflow=overflow(key))
        # Where other connections are served, what others get between two refusals of one tells nothing.
        is_firm = stays_refused(key) and not result.overflow.is_by_connection
        first = watch(key, burst, others if is_firm else (), burst.refusal_statuses, gentle=result.overflow.at_pace)
        refused_at = key.now()
        open_targets = unresolved(others, first.probes)
        at_once = min_bucket_capacity(key.sent(), key.limit, within=MINUTE)
        is_late = key.served_lately() > SOFT_LIMIT * key.limit or at_once > _LATE * key.limit
        goes_over = bool(first.unexpected or open_targets or is_late)
        result = replace(result, first=first, silence=probe_silence(key))
        if key.served_lately() >= key.cap or exceeds_every_limiter(key.sent(), key.limit):
            return result
        if result.silence.served and key.is_paced and key.min_capacity() < _TWO_AT_ONCE:
            return result  # a second burst would show no more than the first did
        if result.silence.served and (key.is_paced or result.silence.most_at_once >= key.limit) and not goes_over:
            return result
        used_up_at = key.now() if result.silence.served else refused_at
        forget_after = FORGET_AFTER if must_be_forgotten(first, open_targets) else WINDOW
        takes = used_up_at + forget_after + _WATCHING - key.now()
        if _hardly_settles(result, others) and not key.has_time(takes):
            return replace(result, is_cut_short=True)
        if key.is_paced and result.silence.served and not result.silence.turns:
            asks_keys = any(target.request.credential != key.request.credential for target in open_targets)
            # Other keys are asked when all keys have been silent, so that no limit on the address refuses them.
            key.stay_silent(WINDOW if asks_keys else REFILL * key.interval, "for a small bucket to fill")
        else:
            result = replace(result, recovery=watch_recovery(key, used_up_at))
            if not result.recovery.is_served or (key.is_paced and not goes_over):
                return result
            if must_be_forgotten(first, open_targets):
                key.wait_until(used_up_at + FORGET_AFTER, "until no limiter counts the first burst")
        if not any(target.request.credential == key.request.credential for target in open_targets):
            key.mix = tuple(mix_of_others(key.mix))
        result = replace(result, second_minute=use_second_minute(key, goes_over=goes_over))
        if result.second_minute.burst.ending and goes_over:
            result = self._watch_again(key, result, open_targets, is_late=is_late)
        if _hardly_settles(result, others) and not key.has_time(_EXPLANATION):
            return replace(result, is_cut_short=True)
        return replace(result, second_minute=explain_refusal(key, result.second_minute))

    def _watch_again(
        self, key: KeyUnderLoad, result: OverloadResult, open_targets: Sequence[Target], *, is_late: bool
    ) -> OverloadResult:
        """Return what is seen while the key is refused for the second time."""
        second_minute = result.second_minute
        if is_late or result.overflow.is_by_connection:
            overflow(key)
        if is_late and second_minute.served > SOFT_LIMIT * key.limit:
            result = replace(result, uncounted=tuple(uncounted_requests(key.sent(), key.limit)))
        if result.overflow.is_by_connection:
            return result
        second = watch(key, second_minute.burst, open_targets, result.first.burst.refusal_statuses)
        return replace(result, second=second)


def _open_roles(result: OverloadResult, others: Sequence[Target]) -> list[str]:
    """Return the roles of other keys of which it is open what they get."""
    probes = {**result.first.probes, **result.second.probes}
    return [target.name for target in unresolved(others, probes) if target.name in OTHER_KEYS]


def _hardly_settles(result: OverloadResult, others: Sequence[Target]) -> bool:
    """Tell whether it stays open what another key gets, since another limit refuses what is hasty."""
    probes = {**result.first.probes, **result.second.probes}
    roles = _open_roles(result, others)
    in_haste = any(probes[role].refused_in_haste for role in roles if role in probes)
    return bool(roles) and (in_haste or bool(result.first.unexpected))


def _is_limit_doubtful(result: OverloadResult) -> bool:
    """Tell whether the key was refused before it was served the limit, and still is served."""
    is_alive = (result.recovers or not result.recovery.answers) and not result.recovery.left_behind
    return bool(result.refusals) and result.most_served < result.limit <= result.cap and is_alive
