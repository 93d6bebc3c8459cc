"""The shapes of requests and answers, as the installed SDK's models declare them; without an SDK, as a table of ours has them."""

from payproof.sandbox.paypal.schemas.checking import Problem, check, mistakes
from payproof.sandbox.paypal.schemas.shapes import Field, Shapes, shapes

__all__ = ["Field", "Problem", "Shapes", "check", "mistakes", "shapes"]
