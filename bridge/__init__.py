"""The bridge: ports, time, turns, controls and the ledger of sounding notes. Never imports torch."""
