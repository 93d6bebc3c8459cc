"""Witness one: reads code and says what it does with money. Never runs what it reads, never connects anywhere."""
