"""Who may import whom. Direct imports are read from the source, so a violation names its file."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = {
    "surveys": (
        ("urls", "apps"),
        ("views", "management"),
        ("forms", "studio_forms", "retaining", "people_forms", "access"),
        ("import_runs",),
        ("importing", "erasing", "saving", "respondents"),
        ("imports",),
        ("fieldwork", "catalogue", "memberships"),
        ("welcoming",),
        ("recording", "membership_states", "mail", "relaying", "change_limits", "retention_guard"),
        (
            "history",
            "queries",
            "row_locks",
            "trail_reading",
            "trail",
            "key_ring",
            "limits",
            "outbox",
            "people",
            "security_events",
        ),
        ("models", "disk"),
        ("sealed_text", "sealing_rows", "import_spool"),
        ("sealing", "row_security", "insertion"),
        ("installation_key",),
        (
            "tallying",
            "error_chain",
            "append_only",
            "client_address",
            "costly",
            "statements",
            "uploads",
            "tenancy",
            "key_file",
            "mail_folder",
            "traces",
            "ownership",
        ),
        ("mapping",),
        ("validity", "answer_json"),
        ("routing",),
        ("instrument", "cohorts", "cipher"),
        ("consistency", "definition_file", "table_reader"),
        ("csv_text", "plain_text"),
    ),
    "posture": (
        ("web_server",),
        ("settings", "wsgi", "urls", "celery", "middleware", "crowd", "apps", "checks"),
        ("refusals",),
        ("views", "api", "management", "templatetags"),
        ("explorer", "relay"),
        ("tasks", "reports", "demo", "erasure", "retention", "routes", "validation", "forms"),
        ("accounts",),
        ("doctor",),
        ("backups",),
        (
            "worker",
            "doorkeeper",
            "releases",
            "recomputing",
            "queries",
            "tokens",
            "target_sets",
            "exploring",
            "frames",
        ),
        ("packs",),
        ("computing",),
        ("predecessors", "expecting", "short_transactions", "statement"),
        ("microdata", "catalogue", "comparing", "frame_store"),
        ("models",),
        ("readiness", "product", "secret_key"),
        ("addresses",),
        (
            "charts",
            "analysis",
            "figures",
            "plotly_files",
            "static_storage",
            "launch",
            "sqlite",
            "postgresql",
            "log_lines",
            "charset",
            "database_errors",
        ),
        ("methods",),
        ("indicators", "benchmarks", "headlines", "targets", "scores", "forecasts"),
    ),
}
PURE = (
    "surveys.instrument.questionnaire_definition",
    "surveys.instrument.consistency",
    "surveys.instrument.definition_file",
    "surveys.instrument.routing",
    "surveys.instrument.validity",
    "surveys.instrument.answer_json",
    "surveys.imports.mapping",
    "surveys.instrument.cohorts",
    "surveys.encryption.cipher",
    "surveys.exports.csv_text",
    "surveys.instrument.plain_text",
    "posture.analysis",
    "posture.methods",
    "posture.validation",
    "posture.charts",
    "posture.charts.number_text",
    "posture.definitions.indicators",
    "posture.definitions.benchmarks",
    "posture.definitions.headlines",
    "posture.definitions.scores",
    "posture.definitions.forecasts",
    "posture.definitions.targets",
)
PURE_MAY_USE = {"numpy", "pandas", "scipy", "highspy", "pydantic", "orjson", "cryptography"} | set(
    sys.stdlib_module_names
)


def modules() -> dict[str, Path]:
    found = {}
    for package in LAYERS:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


def imports(path: Path) -> list[str]:
    """What is imported when the module runs; names for type checking alone do not count."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def layer(module: str) -> int | None:
    package, _, rest = module.partition(".")
    name = rest.partition(".")[0]
    return next((place for place, names in enumerate(LAYERS.get(package, ())) if name in names), None)


def is_within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize(("module", "path"), modules().items())
def test_a_module_imports_only_from_layers_below(module: str, path: Path) -> None:
    package, own = module.partition(".")[0], layer(module)
    assert own is not None or "." not in module, f"{module} belongs to no layer"
    for imported in imports(path):
        other = layer(imported)
        if other is None or not imported.startswith(f"{package}."):
            continue
        is_same_part = imported.split(".")[1] == module.split(".")[1]
        assert is_same_part or other > own, f"{module} imports {imported}"


@pytest.mark.parametrize(("module", "path"), modules().items())
def test_the_asking_side_does_not_know_the_answering_side(module: str, path: Path) -> None:
    if module.startswith("surveys"):
        assert not [name for name in imports(path) if name.partition(".")[0] == "posture"]


@pytest.mark.parametrize(("module", "path"), modules().items())
def test_raw_answers_have_one_door(module: str, path: Path) -> None:
    if module.startswith("posture") and not is_within(module, ("posture.microdata",)):
        assert not [name for name in imports(path) if name.startswith("surveys.models")]


@pytest.mark.parametrize(("module", "path"), modules().items())
def test_pure_code_uses_only_what_it_may(module: str, path: Path) -> None:
    if not is_within(module, PURE):
        return
    for name in imports(path):
        assert (
            name.partition(".")[0] in PURE_MAY_USE or is_within(name, PURE) or name in ("surveys", "posture")
        ), f"{module} imports {name}"


@pytest.mark.parametrize(("module", "path"), modules().items())
def test_imports_stand_at_the_top(module: str, path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            inner = [one for one in ast.walk(node) if isinstance(one, ast.Import | ast.ImportFrom)]
            assert not inner, f"{module}.{node.name} imports inside"
