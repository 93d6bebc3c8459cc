"""A stateful Stripe: the processor behind `payproof.sandbox.StripeSandbox`."""
