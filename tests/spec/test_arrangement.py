"""Arrangement: who acts with whom, and where the walls stand (GDPR 26; SML 60).

Joint controllers share one side of a wall; separate ones have a side each. Whoever no arrangement names
stands alone. A group is not one controller, and a network company shares a side with nobody.
"""

from spec.telling import found, notice, refused

THREE = (
    "controllers: {heat: {name: H}, sale: {name: S}, grid: {name: G, activities: [electricity_network]}}\n"
)


def test_joint_controllers_share_a_side():
    told = notice(
        THREE + "arrangement: [{kind: joint, members: [heat, sale]}, {kind: separate, members: [grid]}]"
    )
    assert told.sides() == {"heat": ("heat", "sale"), "grid": ("grid",)}
    assert told.side_of("sale") == "heat"


def test_separate_controllers_have_a_side_each():
    told = notice(THREE + "arrangement: [{kind: separate, members: [heat, sale]}]")
    assert told.sides() == {"heat": ("heat",), "sale": ("sale",), "grid": ("grid",)}


def test_nobody_stands_on_two_sides():
    refused(
        THREE + "arrangement: [{kind: joint, members: [heat, sale]}, {kind: separate, members: [sale]}]",
        "already",
    )


def test_a_group_is_not_a_controller():
    assert found(THREE + "arrangement: [{kind: single, members: [heat, sale]}]") == [
        "GROUP_AS_ONE_CONTROLLER"
    ]


def test_a_network_company_shares_with_nobody():
    assert found(THREE + "arrangement: [{kind: joint, members: [grid, sale]}]") == ["GROUP_AS_ONE_CONTROLLER"]
    assert (
        found(
            THREE + "arrangement: [{kind: joint, members: [heat, sale]}, {kind: separate, members: [grid]}]"
        )
        == []
    )
