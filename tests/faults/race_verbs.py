"""Every request that changes something, as the matrix of races sends it: from the routes that there are, each with a
body that succeeds, and with each act of the forms that have several."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from posture.models import ApiToken
from posture.routes import Route, routes
from surveys.models import Membership
from tests.access.bodies import body_of
from tests.faults.race_scene import CODE, Scene
from tests.surveys.test_import_runs import file_of_answers
from tests.surveys.test_importing import MAPPING

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
CALLERS = {
    "public": "anonymous",
    "respondent": "respondent",
    "signed_in": "viewer",
    "member": "owner",
    "analyst": "analyst",
    "admin": "admin",
}
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
# Who has what the request is about.
CALLER_OF = {
    "account:revoke-token": "analyst",
    "mfa_deactivate_totp": "owner",
    "mfa_generate_recovery_codes": "owner",
    "surveys:code": "waiting",
    "surveys:send-code": "waiting",
}
# Acts of one form on one membership, by the state that they start from.
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
    body: dict[str, Any] = field(hash=False, compare=False)


def verbs(scene: Scene) -> list[Verb]:
    world = scene.world
    return [
        Verb(
            f"{method} {route.pattern}{' ' if told else ''}{told}",
            route,
            method,
            world.address(route, world.sides[0], **ids),
            _caller(route),
            body,
        )
        for route in routes()
        for method in route.methods
        if method in CHANGING
        for told, ids, body in _variants(scene, route)
    ]


def _caller(route: Route) -> str:
    return CALLER_OF.get(route.name) or CALLERS[str(route.access)]


def _variants(scene: Scene, route: Route) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """What it is called, ids other than those of the world, and the body."""
    world, side = scene.world, scene.world.sides[0]
    entry = world.document["organizations"][0]
    people = {login["state"]: login for login in entry["logins"]}
    match route.name:
        case "surveys:invitation":
            yield from ((state, {"token": link}, {}) for state, link in entry["links"].items())
        case "surveys:revoke" | "surveys:resend":
            for state in ("begun", "unopened"):
                yield state, {"pk": str(entry["invitations"][state])}, {}
        case "surveys:withdraw":
            yield "", {}, {"sure": "on"}
        case "surveys:change-member":
            for state, act, more in ACTS_ON_MEMBERS:
                member = Membership.objects.get(organization=side.number, user=side.people[state])
                yield f"{act} of {state}", {"pk": str(member.pk)}, {"action": act, **more}
        case "posture:change-person":
            yield from ((act, {}, {"action": act}) for act in ACTS_ON_PEOPLE)
        case "surveys:welcome":
            yield "", {}, {"password": PASSWORD, "again": PASSWORD}
        case "surveys:code":
            yield "", {}, {"code": CODE}
        case "surveys:section":
            shown = {"INV-C1.shown": "1", "INV-C1.version": "1", "INV-C1.number": "9"}
            yield "", {"code": "inventory-visibility"}, shown
        case "surveys:retention":
            yield "", {}, {"report": str(scene.report)}
        case "surveys:imports":
            yield "", {}, {"mapping": MAPPING, "file": file_of_answers(2)[0]}
        case "posture:studio-targets":
            yield "", {}, TARGETS
        case "posture:add-cut":
            yield "", {}, {"address": "by=sector&and=size_band", "into": "canary-closed"}
        case "posture:publish":
            yield "", {"slug": scene.draft}, {}
        case "posture:withdraw":
            yield "", {"slug": world.published}, {"reason": "A reason"}
        case "account:sessions":
            yield "", {}, {"session": "others"}
        case "account:revoke-token":
            yield "", {"pk": str(ApiToken.objects.values_list("pk", flat=True)[0])}, {}
        case "account_login":
            person = people["coordinator"]
            yield "", {}, {"login": person["email"], "password": person["password"]}
        case "account_reset_password":
            yield "", {}, {"email": people["viewer"]["email"]}
        case "account_change_password":
            old = people["viewer"]["password"]
            yield "", {}, {"oldpassword": old, "password1": PASSWORD, "password2": PASSWORD}
        case "account_email":
            yield "", {}, {"action_add": "", "email": "new@canary.example"}
        case _:
            yield "", {}, body_of(route, world, side)
