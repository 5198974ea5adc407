import shutil

import pytest


@pytest.fixture(scope="session")
def caddy() -> str:
    executable = shutil.which("caddy")
    if executable is None:
        pytest.skip("no Caddy on this machine")
    return executable
