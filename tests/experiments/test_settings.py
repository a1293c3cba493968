import pytest

from thalweg.experiments.organ_settings import Settings, check
from thalweg.experiments.settings import from_pairs, resolve, unknown


def test_settings_of_the_experiment_stand_over_the_common_ones_and_given_ones_over_both():
    settings = resolve(Settings, {"lr": 200.0, "start": (200.0,)}, {"start": "900,100", "data": "class", "seed": "447"})
    assert settings == Settings(lr=200.0, start=(900.0, 100.0), data="class", seed=447)


def test_a_later_pair_wins():
    assert from_pairs(["lr=1", "lr=2"]) == {"lr": "2"}


def test_another_loss_leaves_the_demand_out():
    assert resolve(Settings, {"off_target": 0.3}, {"loss": "hinge"}, check).off_target == 0


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (["lr"], "need key=value, got 'lr'"),
        (["lr="], "need key=value"),
        (["lr=0"], "need a positive, finite lr, got 0"),
        (["lr=inf"], "need a positive, finite lr, got inf"),
        (["lr=nan"], "need a positive, finite lr, got nan"),
        (["lr=fast"], "need a number for lr, got 'fast'"),
        (["start=-5"], "need a positive, finite start, got -5"),
        (["start=0"], "need a positive, finite start, got 0"),
        (["start=1,2,3,4,5"], "need one start, or one for each resistor"),
        (["steps=0"], "need a whole steps from 1 to 10000000, got 0"),
        (["steps=1.5"], "need a whole steps"),
        (["steps=1e99"], "need a whole steps"),
        (["tolerance=0"], "need a positive, finite tolerance"),
        (["seed=-1"], "need a whole seed"),
        (["off_target=0.5"], "need 0 <= off_target < 0.5, got 0.5; from 1/2 on"),
        (["data=gird"], "unknown data 'gird'; did you mean grid"),
        (["loss=square"], "unknown loss 'square'; did you mean squared"),
        (["parameter=volt"], "unknown parameter 'volt'; there are: ohm, log"),
        (["learning_rate=1"], "unknown setting"),
        (["loss=hinge", "off_target=0.3"], "need loss=squared with off_target"),
    ],
)
def test_settings_refuse(pairs, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        resolve(Settings, {}, from_pairs(pairs), check)


def test_unknown_names_the_near_ones_or_all():
    assert unknown("organ/binry", ["organ/binary", "organ"], "experiment").endswith(
        "did you mean organ/binary or organ?"
    )
    assert unknown("zzz", ["a", "b"], "thing") == "unknown thing 'zzz'; there are: a, b"
