"""Exit codes of each program. No program has them as data; a test provokes each."""

from __future__ import annotations

from docs.generator.markdown import code, page, table

EXIT_CODES = {
    "oneinvoice-conform run": {
        0: "`conforms`, or `conforms, with N expected failures`: every other MUST in scope passed",
        1: "`violations`: a MUST failed, or an expected failure has expired or passes",
        2: "an option, a key or a file can't be used; or a report can't be written, though the verdict is shown",
        3: "`incomplete`: none failed, and at least one is undecided; or the run was interrupted",
        4: "the deployment can't be reached, is no such API, or something in front answers all; or the kit failed",
    },
    "oneinvoice-conform diff": {
        0: "nothing got worse",
        1: "something got worse",
        2: "a file can't be used",
    },
    "oneinvoice-conform listen": {
        0: "it was ended by Ctrl-C, or nobody reads its output any more",
        2: "an option can't be used, the address can't be had, or a capture can't be written",
    },
    "oneinvoice-conform proxy": {
        0: "it was ended by Ctrl-C or another signal, or nobody reads its output any more, and no MUST failed",
        1: "a MUST failed by what passed",
        2: "an option can't be used, the address can't be had, or the archive can't be written",
        4: "the deployment answered nothing of what was forwarded; or the kit failed",
    },
    "oneinvoice-mock": {
        0: "done, or told to stop",
        2: "an option, an argument or a setting can't be used, the port is taken, or a running mock refuses",
        4: "the database can't be reached, or no running mock answers",
    },
    "oneinvoice-service": {
        0: "done, or told to stop",
        2: "an option, an argument, a setting or the database can't be used, or another service runs on the database",
        4: "the database can't be reached",
    },
    "oneinvoice-spec check": {
        0: "the document is valid, says what the register asserts, and names every requirement",
        1: "it does not; each problem stands on a line of its own",
        2: "the file can't be read, is too large, no YAML or no OpenAPI 3.1, or a reference leads nowhere",
    },
    "oneinvoice-spec diff": {
        0: "nothing breaks, or all that does is approved",
        1: "something breaks, or needs a person's class",
        2: "a version or a file of exceptions can't be used",
    },
    "oneinvoice-spec simulate": {
        0: "on each day the promises are kept, and the mock serves what the lifecycle says",
        1: "a promise is broken on a day, or the mock serves something else",
        2: "an option or a file can't be used, or no mock with controls answers",
    },
    "oneinvoice-spec release": {
        0: "it is released; or would be, with `--dry-run`",
        1: "it is refused, and nothing is written; each reason stands on a line of its own",
        2: "a version, an option or a file can't be used or written, or another release is being made",
    },
}


def exit_codes_page() -> str:
    """Return the page of exit codes."""
    blocks: list[str | list[str]] = []
    for program, codes in EXIT_CODES.items():
        blocks += [
            f"## {program}",
            table(("code", "when"), [(code(str(number)), when) for number, when in codes.items()]),
        ]
        if program == "oneinvoice-conform run":
            blocks.append("`oneinvoice-conform replay` and `oneinvoice-conform verify` have the same.")
    lead = (
        "Errors are one sentence on standard error, which says what to do. Of every program `4` says too that standard "
        "output could not be written, as on a full disk; a reader that leaves (`| head -1`) changes no exit code."
    )
    return page("Exit codes", lead, *blocks)
