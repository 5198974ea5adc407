"""An import contract: pure modules import nothing but each other, the standard library and listed libraries."""

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules


class PureContract(Contract):
    type_name = "pure"

    modules = fields.SetField(subfield=fields.ModuleExpressionField())
    libraries = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        pure = {module.name for module in module_expressions_to_modules(graph, self.modules)}  # type: ignore[arg-type]
        allowed = cast(set[str], self.libraries) | set(sys.stdlib_module_names)
        members = {name for root in pure for name in (root, *graph.find_descendants(root))}
        forbidden = sorted(
            (importer, imported)
            for importer in members
            for imported in graph.find_modules_directly_imported_by(importer)
            if imported not in members and imported.partition(".")[0] not in allowed
        )
        return ContractCheck(kept=not forbidden, metadata={"forbidden": forbidden})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["forbidden"]:
            output.print_error(f"{importer} imports {imported}")
