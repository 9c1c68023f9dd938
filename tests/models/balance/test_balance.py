"""Balances, and the laws of the engine that names suspects."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.balance.increments import Increments
from models.balance.node import (
    BalanceNode,
    BalanceVerdict,
    electrical_nodes,
    learn,
    node_balance,
)
from models.balance.suspects import FaultKind, diagnose
from models.metering.tree import Meter, MeterTree, Role
from models.metering.uncertainty import ElectricityAccuracy
from models.readings import FloatArray

CLASS_1 = ElectricityAccuracy(mpe_ratio=0.01)
HOURS = np.arange(96)
A = 30.0 + 5.0 * np.sin(HOURS / 4.0)
B = 20.0 + 3.0 * np.cos(HOURS / 5.0)
C = 12.0 + 2.0 * np.sin(HOURS / 7.0 + 1.0)
BOARD = BalanceNode(
    name="board", inputs=("in",), outputs=("a", "b", "c"), loss_min_ratio=0.0, loss_max_ratio=0.02
)


def counts(value: FloatArray, names: tuple[str, ...] = ("in", "a", "b", "c")) -> Increments:
    return Increments(
        meters=names,
        value=value,
        u_ratio=np.full(len(names), 0.0058),
        resolution=np.zeros(len(names)),
        heat=np.zeros(len(names), dtype=bool),
    )


def sound(loss: float = 0.01) -> FloatArray:
    return np.stack([(A + B + C) / (1.0 - loss), A, B, C])


@pytest.mark.parametrize(
    ("loss", "verdict"),
    [
        (0.01, BalanceVerdict.BALANCED),
        (0.08, BalanceVerdict.LOST),
        (-0.05, BalanceVerdict.GAINED),
    ],
)
def test_a_node_says_whether_it_balances(loss: float, verdict: BalanceVerdict) -> None:
    found = node_balance(BOARD, counts(sound(loss)))

    assert found.verdict is verdict
    assert found.residual_kwh == pytest.approx(loss * found.input_kwh)


def test_unknown_steps_are_left_out_of_both_sides() -> None:
    value = sound()
    value[1, :40] = np.nan

    found = node_balance(BOARD, counts(value))

    assert found.verdict is BalanceVerdict.BALANCED
    assert found.coverage_ratio == pytest.approx(56 / 96)
    value[1, :60] = np.nan
    assert node_balance(BOARD, counts(value)).verdict is BalanceVerdict.UNKNOWN


def test_a_learned_node_sees_what_the_classes_hide() -> None:
    value = sound(loss=0.012)
    week = counts(np.tile(value, 2))
    slipped = value.copy()
    slipped[2] *= 0.97  # 0.6 kW of 63: within the class errors of four meters

    assert node_balance(BOARD, counts(slipped)).verdict is BalanceVerdict.BALANCED
    assert node_balance(learn(BOARD, week), counts(slipped)).verdict is BalanceVerdict.LOST
    assert node_balance(learn(BOARD, week), counts(value)).verdict is BalanceVerdict.BALANCED


def test_a_fault_is_not_learned() -> None:
    spoilt = np.tile(sound(), 2)
    spoilt[2, 100:] /= 3.0

    assert learn(BOARD, counts(spoilt)) is BOARD
    assert learn(BOARD, counts(sound()[:, :48])) is BOARD  # too short


@given(factor=st.floats(0.01, 1000.0))
def test_suspects_do_not_depend_on_the_size_of_the_site(factor: float) -> None:
    value = sound()
    value[2] /= 3.0

    (small,), (large,) = (diagnose([BOARD], counts(k * value)) for k in (1.0, factor))

    assert (small.kind, small.meters) == (large.kind, large.meters)


@given(order=st.permutations(range(4)))
def test_suspects_do_not_depend_on_the_order_of_the_meters(order: list[int]) -> None:
    value, names = sound(), ("in", "a", "b", "c")
    value[3] = 0.0

    found = diagnose([BOARD], counts(value[order], tuple(names[n] for n in order)))

    assert [(s.kind, s.meters) for s in found] == [(FaultKind.DEAD, ("c",))]


def test_a_meter_counted_twice_is_named() -> None:
    value = np.stack([A + B, A, B, C])  # c hangs elsewhere

    (found,) = diagnose([BOARD], counts(value))

    assert (found.kind, found.meters) == (FaultKind.DOUBLED, ("c",))


def test_what_cannot_be_told_apart_is_said_to_be_ambiguous() -> None:
    """Two loads of the same course: either may read too little."""
    twin = np.stack([A + A + C, A, A * 0.6, C])

    found = diagnose([BOARD], counts(twin))

    assert {s.meters for s in found} >= {("a",), ("b",)} or found[0].kind is FaultKind.UPS_FED_LOAD
    assert all(s.ambiguous for s in found) or len(found) == 1


def test_malformed_input_is_refused() -> None:
    with pytest.raises(ValueError, match="a day of steps"):
        diagnose([BOARD], counts(sound()[:, :12]))
    with pytest.raises(ValueError, match="no increments"):
        diagnose([replace(BOARD, outputs=("a", "zz"))], counts(sound()))
    with pytest.raises(ValueError, match="losses go from 0"):
        replace(BOARD, loss_min_ratio=0.5, loss_max_ratio=0.1)
    with pytest.raises(ValueError, match="each meter stands once"):
        counts(sound(), ("in", "a", "a", "c"))


INCOMPLETE = replace(BOARD, complete=False)


def test_what_is_not_metered_behind_an_incomplete_node_is_load_and_no_fault() -> None:
    value = sound()
    rest = 40.0 + 35.0 * np.sign(np.sin(HOURS / 3.0))
    value[0] += rest
    seen = counts(value)

    found = node_balance(INCOMPLETE, seen)

    assert found.verdict is BalanceVerdict.BALANCED
    assert found.excess_u == 0.0
    assert diagnose((INCOMPLETE,), seen) == ()
    assert node_balance(BOARD, seen).verdict is BalanceVerdict.LOST
    assert learn(INCOMPLETE, seen) == INCOMPLETE


def test_more_cannot_leave_an_incomplete_node_than_enters_it() -> None:
    value = sound()
    value[1] *= 3.0
    seen = counts(value)

    assert node_balance(INCOMPLETE, seen).verdict is BalanceVerdict.GAINED
    assert diagnose((INCOMPLETE,), seen) != ()


def test_with_an_intake_and_a_ups_alone_nobody_is_accused() -> None:
    """The readings of a whole site whose other loads have no meter."""
    tree = MeterTree(
        [
            Meter(id="intake", role=Role.UTILITY_INTAKE, point="intake.e", accuracy=CLASS_1),
            Meter(id="it", role=Role.UPS_OUTPUT, point="it.e", accuracy=CLASS_1, inside="intake"),
        ]
    )
    (node,) = electrical_nodes(tree)
    seen = counts(np.stack([np.full(96, 250.0), np.full(96, 200.0)]), ("intake", "it"))

    assert not node.complete
    assert node_balance(node, seen).verdict is BalanceVerdict.BALANCED
    assert diagnose((node,), seen) == ()


def test_what_is_given_back_leaves_the_bus_that_the_sources_feed() -> None:
    def one(meter_id: str, role: Role, inside: str | None = None) -> Meter:
        return Meter(id=meter_id, role=role, point=f"{meter_id}.e", accuracy=CLASS_1, inside=inside)

    tree = MeterTree(
        [
            one("grid", Role.UTILITY_INTAKE),
            one("pv", Role.PHOTOVOLTAIC),
            one("back", Role.EXPORT),
            one("in", Role.UPS_INPUT, "board"),
            one("out", Role.UPS_OUTPUT, "in"),
        ],
        ["board"],
        complete_buses=["board"],
    )

    board, ups = electrical_nodes(tree)

    assert (board.inputs, board.outputs, board.complete) == (("grid", "pv"), ("in", "back"), True)
    assert (ups.name, ups.complete) == ("in", True)
