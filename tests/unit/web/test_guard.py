from collections.abc import Iterator

import pytest

from photochrom.web.guard import _MOST_CLIENTS, Allowance, client_of


class Clock:
    """Stands until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(allowance: Allowance, client: str) -> Iterator[bool]:
    while True:
        yield allowance.take(client)


def test_a_burst_is_allowed_then_a_steady_pace() -> None:
    clock = Clock()
    takes = taken(Allowance(at_once=3, each_s=10, clock=clock), "a")
    assert [next(takes) for _ in range(5)] == [True, True, True, False, False]
    clock.now += 9
    assert not next(takes)
    clock.now += 1
    assert [next(takes) for _ in range(2)] == [True, False]
    clock.now += 1000
    assert [next(takes) for _ in range(4)] == [True, True, True, False]


def test_clients_do_not_share() -> None:
    allowance = Allowance(at_once=1, each_s=10, clock=Clock())
    assert [allowance.take(client) for client in "aabb"] == [True, False, True, False]


def test_what_is_given_back_can_be_taken_again() -> None:
    allowance = Allowance(at_once=1, each_s=10, clock=Clock())
    for _ in range(5):
        assert allowance.take("a")
        allowance.give_back("a")


def test_countless_clients_take_bounded_memory() -> None:
    allowance = Allowance(at_once=1, each_s=10, clock=Clock())
    for number in range(_MOST_CLIENTS + 100):
        allowance.take(str(number))
    assert len(allowance._free_at) == _MOST_CLIENTS
    assert not allowance.take(str(_MOST_CLIENTS + 99))


@pytest.mark.parametrize(
    ("address", "client"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8::1", 1), "2001:db8::"),
        (("2001:db8::ffff:1", 1), "2001:db8::"),
        (("2001:db8:0:1::1", 1), "2001:db8:0:1::"),
        (("fe80::1%eth0", 1), "fe80::"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (("testclient", 1), "testclient"),
        (None, ""),
    ],
)
def test_a_household_is_one_client(address: tuple[str, int] | None, client: str) -> None:
    assert client_of(address) == client
