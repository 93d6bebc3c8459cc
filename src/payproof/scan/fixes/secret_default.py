"""Takes the default of a secret out, so that a missing setting stops the start instead of going unnoticed."""

from __future__ import annotations

import libcst as cst

from payproof.scan.fixes import Fixed, NotCertain, Target, dotted, keyword, plain, text_of, without

RULES = ("processor-secret-in-source", "sample-key-in-source", "webhook-secret-default")
SUMMARY = 'a default in the code is taken out, as in `os.environ["NAME"]`; a secret that stood there is still to be rolled'

_ENVIRONMENT = ("os.environ.get", "os.getenv", "environ.get", "getenv")
_READERS = {"config": ("decouple", "default", 1), "env": ("environ", "default", 1), "env.str": ("environ", "default", 1)}
"""Calls that read a setting and fail without one unless they have a default: its library, the default's name and place."""


def fix(target: Target) -> Fixed:
    """Take the default out of the call that reads the setting."""
    call = _lookup(target)
    name = dotted(call.func)
    given = plain(call)
    if name in _ENVIRONMENT:
        key = given[0] if given else keyword(call, "key")
        if key is None or len(call.args) != 2:
            raise NotCertain("how the setting is read cannot be made out")
        return _from_environment(target, call, key.value)
    default = keyword(call, _READERS[name][1]) or (given[1] if len(given) > 1 else None)
    if default is None:
        raise NotCertain("how the setting is read cannot be made out")
    return Fixed({call: without(call, default)})


def _from_environment(target: Target, call: cst.Call, key: cst.BaseExpression) -> Fixed:
    if isinstance(call.func, cst.Attribute) and call.func.attr.value == "get":
        environment: cst.BaseExpression = call.func.value
    elif target.imports("os"):
        environment = cst.Attribute(cst.Name("os"), cst.Name("environ"))
    else:
        raise NotCertain("`os` is not imported under its own name")
    element = cst.SubscriptElement(cst.Index(key))
    return Fixed({call: cst.Subscript(environment, [element], lpar=call.lpar, rpar=call.rpar)})


def _lookup(target: Target) -> cst.Call:
    """Return the call that reads the setting: around the value found, or where the name given to the check is assigned."""
    call: cst.CSTNode | None
    if target.site.rule == "webhook-secret-default":
        call = target.call()
        if not _reads(target, dotted(call.func)):
            call = _of_check(target)
    else:
        value = target.parsed.starting_at(target.site.place.line, target.site.place.column - 1)
        text = next((node for node in value if isinstance(node, cst.SimpleString)), None)
        outer = [] if text is None else list(target.parsed.around(text))[:2]
        call = outer[1] if len(outer) == 2 and isinstance(outer[0], cst.Arg) else None
        if isinstance(call, cst.Call) and text is not None and call.args and call.args[0].value is text:
            call = None  # the value is what is looked up, not the default
    if not isinstance(call, cst.Call) or not _reads(target, dotted(call.func)):
        raise NotCertain("the value is not the default of a setting that is read here: read it from outside, by hand")
    return call


def _reads(target: Target, name: str) -> bool:
    if name in _ENVIRONMENT:
        return True
    library = _READERS.get(name, ("",))[0]
    return bool(library) and any(
        isinstance(statement, (cst.Import, cst.ImportFrom)) and library in target.parsed.module.code_for_node(statement).split()
        for line in target.parsed.module.body
        if isinstance(line, cst.SimpleStatementLine)
        for statement in line.body
    )


def _of_check(target: Target) -> cst.CSTNode | None:
    """Return the expression that gives a webhook's check its secret: written there, or assigned once to the name given."""
    call = target.call()
    given = plain(call)
    secret = keyword(call, "secret") or (given[2] if len(given) > 2 else None)
    if secret is None or text_of(secret.value) is not None:
        return None
    if isinstance(secret.value, cst.Call):
        return secret.value
    name = dotted(secret.value)
    assigned = [
        node
        for node in target.parsed.positions
        if isinstance(node, cst.Assign) and any(dotted(one.target) == name for one in node.targets)
    ]
    return assigned[0].value if name and "." not in name and len(assigned) == 1 else None
