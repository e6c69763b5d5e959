"""What was suggested lately."""

from tagstack.serving.memory import Memory


def test_the_oldest_are_forgotten():
    memory = Memory(size=3)
    for name in "abcde":
        memory.add(name, [name, "sql"])
    assert [name for name in "abcde" if memory.find(name) is not None] == ["c", "d", "e"]
    assert memory.find("e") == {"e", "sql"}


def test_nothing_suggested_is_not_unknown():
    memory = Memory()
    memory.add("a", [])
    assert memory.find("a") == frozenset()
    assert memory.find("b") is None
