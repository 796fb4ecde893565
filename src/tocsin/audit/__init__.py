"""What can be shown afterwards: attainment and the support log."""
