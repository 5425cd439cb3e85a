import pytest

from importers.sample.write import write_sample
from tests.unit.sample.download import Download, read_download


@pytest.fixture(scope="session")
def download(tmp_path_factory: pytest.TempPathFactory) -> Download:
    path = tmp_path_factory.mktemp("sample") / "best-full-latest.zip"
    write_sample(path)
    return read_download(path)
