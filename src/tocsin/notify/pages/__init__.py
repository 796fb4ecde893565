"""Pages: an alert to the person who carries its role, by one way after the other."""
