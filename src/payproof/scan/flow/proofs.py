"""What a comparison proves: of a digest with a signature, of an answer with its word for yes, of a result with a constant."""

from __future__ import annotations

from payproof.scan.values import Value


def compared(operator: str, left: Value, right: Value) -> str:
    """Return what the truth of `left operator right` proves of a webhook: "truthy", "falsy" or ""."""
    for proven, other in ((left, right), (right, left)):
        if "verification" in proven.kinds() and other.text() in ("SUCCESS", "VERIFIED"):
            return {"Equal": "truthy", "NotEqual": "falsy"}.get(operator, "")
        if "digest" in proven.kinds() and not other.constants:
            return {"Equal": "truthy", "NotEqual": "falsy"}.get(operator, "")
        if proven.proof in ("truthy", "falsy") and other.constants is not None and len(other.constants) == 1:
            return _against_constant(operator, proven.proof, other.constants[0])
    return ""


def _against_constant(operator: str, proof: str, against: object) -> str:
    """Return what `checked == True`, `event is None` and the like prove."""
    if against is None:
        # Only a result that is None when the check failed can be told apart this way.
        return (
            {"Is": "falsy", "Equal": "falsy", "IsNot": "truthy", "NotEqual": "truthy"}.get(operator, "")
            if proof == "truthy"
            else ""
        )
    if against is True:
        return {"Is": proof, "Equal": proof}.get(operator, "") or (_flip(proof) if operator in ("IsNot", "NotEqual") else "")
    if against is False:
        return _flip(proof) if operator in ("Is", "Equal") else (proof if operator in ("IsNot", "NotEqual") else "")
    return ""


def _flip(proof: str) -> str:
    return {"truthy": "falsy", "falsy": "truthy"}.get(proof, "")
