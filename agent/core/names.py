"""Names: who speaks from an address; where several people share one, they speak together. Pure."""

from __future__ import annotations

from agent.core.notice import Address
from agent.core.policy import Contact


def names(contacts: tuple[Contact, ...]) -> dict[Address, str]:
    """Who answers from an address: `Ben or Eva` where they share it."""
    known: dict[Address, list[str]] = {}
    for contact in contacts:
        for address in contact.addresses:
            known.setdefault(address, []).append(contact.name)
    return {address: " or ".join(dict.fromkeys(shared)) for address, shared in known.items()}


def meant(by: str, contacts: tuple[Contact, ...]) -> frozenset[str]:
    """The contacts whom a name stands for: one, or all who share the address it speaks from."""
    shared = {address for address, name in names(contacts).items() if name == by}
    return frozenset(one.name for one in contacts if one.name == by or shared & set(one.addresses))
