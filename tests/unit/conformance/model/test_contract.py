from pathlib import Path

import pytest
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.model import contract as module
from oneinvoice_conformance.model.contract import Contract, contract_of
from oneinvoice_openapi.contract import document, document_of_deployments
from oneinvoice_openapi.register import register
from oneinvoice_openapi.releases import FILES, Release, releases

TODAY = contract_of(None)


def release(folder: Path) -> Release:
    return Release("0.1.0", *(folder / name for name in FILES))


def test_todays_contract_is_that_of_the_package():
    assert (TODAY.version, TODAY.is_release) == (document()["info"]["version"], False)
    assert TODAY.register == register().of("deployment")
    assert TODAY.register_of("client") == register().of("client")
    assert TODAY.document == document_of_deployments()
    assert TODAY.events == document()["webhooks"].keys()


@pytest.mark.parametrize("version", releases())
def test_each_release_is_read_whole(version: str):
    kept = contract_of(version)
    assert (kept.version, kept.is_release) == (version, True)
    assert kept.document["info"]["version"] == version
    assert {row.area for row in kept.register.requirements} == kept.register.areas.keys()
    assert contract_of(version) is kept, "a proxy judges by it again and again"


def test_a_release_has_rows_and_schemas_of_its_own(tmp_path: Path):
    files = release(tmp_path)
    row = "{id: ZIP-1, section: S, clause: c, level: should, statement: It is so., needs: [], names: {says: [zip]}}"
    (tmp_path / "requirements.yaml").write_text(f"areas: {{ZIP: Zips}}\nplaces: {{}}\nrequirements: [{row}]\n")
    (tmp_path / "openapi.yaml").write_text("webhooks: {zip.made: {post: {}}}\n")
    contract = Contract(files, is_release=True)
    assert [(row.id, row.level, row.names) for row in contract.register.requirements] == [
        ("ZIP-1", "should", {"says": ("zip",)})
    ]
    assert contract.events == {"zip.made"}
    assert contract.document["servers"] == [{"url": "/"}]


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_a_release_from_before_there_were_rows_of_clients_is_refused(version: str):
    told = f"^Contract {version} asks nothing of clients yet; leave --contract out.$"
    with pytest.raises(UsageError, match=told):
        contract_of(version).register_of("client")


@pytest.mark.parametrize("version", ["1.0.1", "v1.0.0", "1", "latest", "", "../1.0.0"])
def test_what_is_no_release_is_refused_with_those_that_there_are(version: str):
    with pytest.raises(UsageError) as refused:
        contract_of(version)
    kept = ", ".join(releases())
    assert str(refused.value).startswith(f"'{version}' is no release of the contract; ")
    assert str(refused.value).endswith(f"The releases are {kept}.")


def test_a_package_without_releases_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "releases", dict)
    with pytest.raises(UsageError, match=r"'9\.9' is no release of the contract; this kit keeps none\."):
        contract_of("9.9")


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path):
    contract = Contract(release(tmp_path), is_release=True)
    assert contract.version == "0.1.0"
    with pytest.raises(UsageError, match=r"requirements\.yaml of release 0\.1\.0 can't be read"):
        assert contract.register
    with pytest.raises(UsageError, match=r"openapi\.yaml of release 0\.1\.0 can't be read"):
        assert contract.document
