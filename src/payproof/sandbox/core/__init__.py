"""The processor-neutral core of every sandbox: exchanges, journal, idempotency, clock, ids, faults, webhooks, guard, patches.

Everything here is sans-IO and belongs to one `Sandbox`; `patches` is the only module that touches anything global.
"""
