"""CSV of a list: the columns of the contract, in its order, with an empty cell for what is missing or withheld."""

import json
from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer

from posture.api.contract import columns
from surveys.exports.csv_text import cell, csv_text


class CsvRenderer(BaseRenderer):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> str:
        view = (renderer_context or {})["view"]
        if isinstance(data, dict) and "results" not in data:
            return "".join(f"{cell(field)}: {_sentence(error)}\n" for field, error in data.items())
        names = columns(view.contract)
        rows = data if isinstance(data, list) else data["results"]
        return csv_text(names, ([_flat(row.get(name)) for name in names] for row in rows))


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _sentence(error: Any) -> str:
    return " ".join(map(str, error)) if isinstance(error, list) else str(error)
