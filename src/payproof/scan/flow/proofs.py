"""What a comparison proves: of a digest with a signature, of an answer with its word for yes, of a result with a constant."""

from __future__ import annotations

from payproof.scan.values import Value

_YES = ("SUCCESS", "VERIFIED")
_NO = ("FAILURE", "INVALID")
_FLIPPED = {"truthy": "falsy", "falsy": "truthy", "": ""}


def compared(operator: str, left: Value, right: Value) -> str:
    """Return what the truth of `left operator right` proves of a webhook: "truthy", "falsy" or ""."""
    for proven, other in ((left, right), (right, left)):
        word = (_word(other) if "verification" in proven.kinds() else "").upper()
        if word in _YES or word in _NO:
            says = {"Equal": "truthy", "In": "truthy", "NotEqual": "falsy", "NotIn": "falsy"}.get(operator, "")
            return says if word in _YES else _FLIPPED[says]
        if "digest" in proven.kinds() and not other.constants:
            return {"Equal": "truthy", "NotEqual": "falsy"}.get(operator, "")
        if "none-on-failure" in proven.kinds() and other.constants == (False,):
            # A helper that gives None where it cannot check is neither False nor equal to it.
            return ""
        if "false-on-failure" in proven.kinds() and other.constants == (None,):
            return ""
        if proven.proof in ("truthy", "falsy") and other.constants is not None and len(other.constants) == 1:
            return _against_constant(operator, proven.proof, other.constants[0])
    return ""


def _word(other: Value) -> str:
    """Return the one word that a value is, or the only one in the list that it is."""
    held = list((other.fields or {}).values())
    text = other.text() or (held[0].text() if len(held) == 1 else None)
    return text or ""


def _against_constant(operator: str, proof: str, against: object) -> str:
    """Return what `checked == True`, `event is None` and the like prove."""
    if against is None:
        # Only a result that is None when the check failed can be told apart this way; one that is False cannot.
        return (
            {"Is": "falsy", "Equal": "falsy", "IsNot": "truthy", "NotEqual": "truthy"}.get(operator, "")
            if proof == "truthy"
            else ""
        )
    if against is True:
        return {"Is": proof, "Equal": proof}.get(operator, "") or (_FLIPPED[proof] if operator in ("IsNot", "NotEqual") else "")
    if against is False:
        return _FLIPPED[proof] if operator in ("Is", "Equal") else (proof if operator in ("IsNot", "NotEqual") else "")
    return ""
