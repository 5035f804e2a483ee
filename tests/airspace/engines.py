"""Engines whose turns a test takes."""

from airspace.engine import Engine


def opened(name: str = "test") -> Engine:
    """Return an engine at its beginning."""
    made = Engine(name)
    made._open()
    return made


def work(engine: Engine, turns: int = 2) -> None:
    """Let an engine read what waits and write it, the list of last positions included."""
    for _ in range(turns):
        engine.turn()
        engine.writer.write_waiting()
        engine.writer.write_list()
