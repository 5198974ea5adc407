import shutil

import pytest


@pytest.fixture(scope="session")
def caddy() -> str:
    found = shutil.which("caddy")
    if found is None:
        pytest.skip("no Caddy on this machine")
    return found
