"""Office files with fixed dates, so that the same report makes the same bytes."""

import re
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

CORE = "docProps/core.xml"
EARLIEST = (1980, 1, 1, 0, 0, 0)
TIME = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def with_fixed_dates(content: bytes, at: datetime) -> bytes:
    """Returns the file, and the workbooks inside it, with `at` as the time of creation and change."""
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    target = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name in source.namelist():
            part = source.read(name)
            if name == CORE:
                part = TIME.sub(rb"\g<1>" + stamp + rb"\g<2>", part)
            elif name.endswith(".xlsx"):
                part = with_fixed_dates(part, at)
            info = ZipInfo(name, EARLIEST)
            info.compress_type, info.external_attr = ZIP_DEFLATED, 0o600 << 16
            archive.writestr(info, part)
    return target.getvalue()
