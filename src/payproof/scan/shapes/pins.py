"""Is the SDK that a project asks for a release that is safe, and one that is still looked after?"""

from __future__ import annotations

from collections.abc import Sequence

from packaging.version import Version

from payproof.model import Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.models import Models
from payproof.scan.pins.project import Release
from payproof.scan.pins.releases import Order
from payproof.scan.pins.sdks import Sdk, sdks
from payproof.scan.program import ModuleInfo
from payproof.scan.shapes import FileShape, Found, Project, asked
from payproof.scan.statements import simple_statements

FAULTS = ("below-floor", "given-up")


class PinsShape(FileShape):
    name = "pins"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], models: Models) -> None:
        super().__init__(rules, models)
        self._rules = {fault: rule for rule in rules for fault in asked(rule, "fault")}

    def found(self, project: Project) -> list[Found]:
        pinned = {release.pin.name for _, release in project.pins.every()}
        imported = {sdk: place for sdk in sdks().values() if sdk.name not in pinned and (place := _first_import(sdk, project))}
        used = pinned | {sdk.name for sdk in imported}
        sites = [
            site
            for _, release in project.pins.every()
            if sdks()[release.pin.name].comes_with not in used
            for site in self._pinned(release)
        ]
        for sdk, place in imported.items():
            if sdk.comes_with not in used:
                sites += self._imported(sdk, place)
        return sites

    def _pinned(self, release: Release) -> list[Found]:
        sdk = sdks()[release.pin.name]
        old, gone = self._rules.get("below-floor"), self._rules.get("given-up")
        sites = []
        if sdk.given_up and gone is not None:
            message = f"{sdk.name} is asked for here: {sdk.given_up}."
            sites.append(Found(gone, Verdict.VIOLATED, release.pin.place, message, processor=sdk.processor))
        if sdk.floor is not None and old is not None:
            sites.append(_below_floor(old, sdk, sdk.floor, release))
        return sites

    def _imported(self, sdk: Sdk, place: Place) -> list[Found]:
        """Judge an SDK that is imported and that no requirement or lock file names."""
        old, gone = self._rules.get("below-floor"), self._rules.get("given-up")
        if sdk.given_up and gone is not None:
            message = f"{sdk.imports[0]} is imported here, of the package {sdk.name}: {sdk.given_up}."
            return [Found(gone, Verdict.VIOLATED, place, message, processor=sdk.processor)]
        if sdk.floor is None or old is None:
            return []
        why = f"no requirement or lock file that was read says which release of {sdk.name} is used"
        return [Found(old, Verdict.UNKNOWN, place, f"{sdk.name} is imported here.", reason=why, processor=sdk.processor)]


def _below_floor(rule: Rule, sdk: Sdk, floor: Version, release: Release) -> Found:
    pin, order = release.pin, release.releases.against(floor)
    asked_for = f"{sdk.name} {pin.specifier.removeprefix('==') or 'of any release'}"
    if order is Order.BELOW:
        message = f"{asked_for} is older than {floor}: {sdk.floor_why}."
        return Found(rule, Verdict.VIOLATED, pin.place, message, processor=sdk.processor)
    if order is Order.AT_LEAST:
        return Found(rule, Verdict.HOLDS, pin.place, f"{asked_for} is not older than {floor}.", processor=sdk.processor)
    why = f"{pin.specifier or 'any release'} admits releases before and after {floor}, and no lock file says which is used"
    return Found(rule, Verdict.UNKNOWN, pin.place, f"{sdk.name} is asked for here.", reason=why, processor=sdk.processor)


def _first_import(sdk: Sdk, project: Project) -> Place | None:
    return next((place for module in project.code if (place := _import_of(sdk, module)) is not None), None)


def _import_of(sdk: Sdk, module: ModuleInfo) -> Place | None:
    for _, statement in simple_statements(module.facts.body, [name.lower() for name in sdk.imports]):
        if isinstance(statement, facts.Import) and not statement.level:
            names = [statement.module] if statement.is_from else [alias.name for alias in statement.names]
            if any(name.split(".", 1)[0] in sdk.imports for name in names):
                return Place(module.path, *statement.span)
    return None
