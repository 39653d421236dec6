"""One company for all tests of the stand-ins; each test gets a copy of its own."""

import pickle

import pytest

from sandbox.company import Company, build_company


@pytest.fixture(scope="session")
def saved_company() -> bytes:
    return pickle.dumps(build_company())


@pytest.fixture
def company(saved_company: bytes) -> Company:
    # Four times as fast as building it, ten times as fast as copying it.
    company: Company = pickle.loads(saved_company)
    return company
