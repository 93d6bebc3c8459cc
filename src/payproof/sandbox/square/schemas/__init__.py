"""What the installed SDK says of requests and answers; see `shapes` for where it comes from and `checking` for its use."""

from payproof.sandbox.square.schemas.checking import check, mistakes
from payproof.sandbox.square.schemas.shapes import shapes

__all__ = ["check", "mistakes", "shapes"]
