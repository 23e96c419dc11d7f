"""What it costs and what it finds: measured in one run beside what else there is, never in a timed test."""
