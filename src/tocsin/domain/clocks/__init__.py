"""The clocks of a ticket: their schedule, what they owe, when they fire."""
