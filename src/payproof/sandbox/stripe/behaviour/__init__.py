"""What happens to objects: state machines and money, without endpoints."""
