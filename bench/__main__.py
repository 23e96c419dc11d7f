"""All benches in one run: what it costs, and, where the data is, what it finds."""

from __future__ import annotations

import os
import sys

from bench import delivery, peers, road, speed, witnesses


def main() -> int:
    """Speed, peers and delivery always; the road on real recordings where DISTRESS_DATA names them."""
    sys.argv = sys.argv[:1]
    delivery.main()
    speed.main()
    peers.main()
    if "DISTRESS_DATA" not in os.environ:
        print("road   not run: DISTRESS_DATA names no recordings")
        return 0
    return road.main() or witnesses.main()


if __name__ == "__main__":
    sys.exit(main())
