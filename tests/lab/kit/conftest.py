import pytest

from thalweg.lab.kit import address


@pytest.fixture
def params(monkeypatch):
    """Stands for the address."""

    class Params(dict):
        set = dict.__setitem__

    kept = Params()
    monkeypatch.setattr(address.mo, "query_params", lambda: kept)
    return kept
