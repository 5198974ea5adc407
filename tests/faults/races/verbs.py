"""Lists every request that changes something for the matrix of races. It takes the existing routes, each with a body
that succeeds, and each action of forms with several."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from posture.models import ApiToken
from posture.web.routes import Route
from surveys.models import Membership
from tests.access.bodies import body_of
from tests.access.callers import CALLER, changing_routes
from tests.faults.races.scene import CODE, Scene
from tests.surveys.imports.test_import_runs import file_of_answers
from tests.surveys.imports.test_importer import MAPPING

Ids, Body = dict[str, str], dict[str, Any]
PASSWORD = "a long password of three words"
TARGETS = {
    "code": "register",
    "title": "A register",
    "population": "All organisations",
    "source": "A register",
    "as_of": "2026-01-01",
    "vouched_by": "The office that keeps it",
    "table": "dimension,category,count\nsector,retail,40\nsector,healthcare,60\n",
}
# The caller that owns the row of the request, where the policy names another one.
CALLER_OF = {
    "account:revoke-token": "analyst",
    "mfa_deactivate_totp": "owner",
    "mfa_generate_recovery_codes": "owner",
    "surveys:code": "waiting",
    "surveys:send-code": "waiting",
}
# Actions of one form on one membership, by the state that they start from.
ACTS_ON_MEMBERS = (
    ("viewer", "role", {"role": "coordinator"}), ("viewer", "suspend", {}), ("viewer", "remove", {}),
    ("suspended", "resume", {}), ("pending", "resend", {}), ("pending", "remove", {}),
)  # fmt: skip
ACTS_ON_PEOPLE = ("analyst", "admin", "none", "suspend", "reset", "resend")


@dataclass(frozen=True)
class Verb:
    name: str
    route: Route
    method: str
    address: str
    caller: str
    body: Body = field(hash=False, compare=False)


def verbs(scene: Scene) -> list[Verb]:
    world = scene.world
    return [
        Verb(
            f"{method} {route.pattern}{' ' if variant else ''}{variant}",
            route,
            method,
            world.address(route, world.sides[0], **ids),
            _caller(route),
            body,
        )
        for route, method in changing_routes()
        for variant, ids, body in _variants(scene, route)
    ]


def _caller(route: Route) -> str:
    return CALLER_OF.get(route.name) or CALLER[str(route.access)]


def _variants(scene: Scene, route: Route) -> Iterator[tuple[str, Ids, Body]]:
    """Yields a name, ids that differ from those of the world, and the body."""
    organization, entry = scene.world.sides[0], scene.world.document["organizations"][0]
    match route.name:
        case "surveys:invitation":
            yield from ((state, {"token": link}, {}) for state, link in entry["links"].items())
        case "surveys:revoke" | "surveys:resend":
            for state in ("begun", "unopened"):
                yield state, {"pk": str(entry["invitations"][state])}, {}
        case "surveys:change-member":
            for state, action, fields in ACTS_ON_MEMBERS:
                member = Membership.objects.get(
                    organization=organization.number, user=organization.people[state]
                )
                yield f"{action} of {state}", {"pk": str(member.pk)}, {"action": action, **fields}
        case "posture:change-person":
            yield from ((action, {}, {"action": action}) for action in ACTS_ON_PEOPLE)
        case name:
            yield "", *_of_the_scene(scene).get(name, ({}, body_of(route, scene.world, organization)))


def _of_the_scene(scene: Scene) -> dict[str, tuple[Ids, Body]]:
    """Returns ids and bodies of the routes that need others than in the matrix of access."""
    people = {login["state"]: login for login in scene.world.document["organizations"][0]["logins"]}
    coordinator, viewer = people["coordinator"], people["viewer"]
    token = str(ApiToken.objects.values_list("pk", flat=True)[0])
    section = {"INV-C1.shown": "1", "INV-C1.version": "1", "INV-C1.number": "9"}
    new_password = {"password1": PASSWORD, "password2": PASSWORD}
    return {
        "surveys:withdraw": ({}, {"sure": "on"}),
        "surveys:welcome": ({}, {"password": PASSWORD, "again": PASSWORD}),
        "surveys:code": ({}, {"code": CODE}),
        "surveys:section": ({"code": "inventory-visibility"}, section),
        "surveys:retention": ({}, {"report": str(scene.report)}),
        "surveys:imports": ({}, {"mapping": MAPPING, "file": file_of_answers(2)[0]}),
        "posture:studio-targets": ({}, TARGETS),
        "posture:add-cut": ({}, {"address": "by=sector&and=size_band", "into": "canary-closed"}),
        "posture:publish": ({"slug": scene.draft}, {}),
        "posture:withdraw": ({"slug": scene.world.published}, {"reason": "A reason"}),
        "account:sessions": ({}, {"session": "others"}),
        "account:revoke-token": ({"pk": token}, {}),
        "account_login": ({}, {"login": coordinator["email"], "password": coordinator["password"]}),
        "account_reset_password": ({}, {"email": viewer["email"]}),
        "account_change_password": ({}, {"oldpassword": viewer["password"], **new_password}),
        "account_email": ({}, {"action_add": "", "email": "new@canary.example"}),
    }
