"""What PayPal's objects do: each module holds one kind of life."""
