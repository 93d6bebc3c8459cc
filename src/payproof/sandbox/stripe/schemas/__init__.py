"""Schemas of Stripe's API, derived at run time from the installed, unmodified stripe SDK (10 to current) without importing it."""

from payproof.sandbox.stripe.schemas.blanks import Misfit
from payproof.sandbox.stripe.schemas.catalogue import Catalogue, catalogue
from payproof.sandbox.stripe.schemas.operations import Endpoint
from payproof.sandbox.stripe.schemas.problems import ParamError
from payproof.sandbox.stripe.schemas.records import FieldType
from payproof.sandbox.stripe.schemas.sdk import SdkError

__all__ = ["Catalogue", "Endpoint", "FieldType", "Misfit", "ParamError", "SdkError", "catalogue"]
