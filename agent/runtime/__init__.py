"""What keeps turning: slot, guard, outbox, couriers, supervision, health and the journal.

Nothing here has opinions about distress; it carries readings and notices, and loses none.
"""
