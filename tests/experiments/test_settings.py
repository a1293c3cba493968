import math
import re

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from thalweg.experiments import linear_settings
from thalweg.experiments.catalogue import entries, find
from thalweg.experiments.entry import Entry, settle
from thalweg.experiments.organ_settings import Settings, check
from thalweg.experiments.settings import about, from_pairs, from_to, number, one_of, resolve, several, unknown, whole


def test_settings_of_the_experiment_stand_over_the_common_ones_and_given_ones_over_both():
    settings = resolve(Settings, {"lr": 200.0, "start": (200.0,)}, {"start": "900,100", "data": "class", "seed": "447"})
    assert settings == Settings(lr=200.0, start=(900.0, 100.0), data="class", seed=447)


def test_of_one_key_there_is_one_value():
    with pytest.raises(ValueError, match="need one value for seed, got several"):
        from_pairs(["seed=1", "data=class", "seed=2"])


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


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_every_setting_says_what_it_is_and_its_default_can_be_given(entry):
    settings = settle(entry, {})
    for key, words in about(entry.settings).items():
        assert 3 < len(words) < 120
        value = getattr(settings, key)
        if value is not None:
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            assert getattr(settle(entry, {key: text}), key) == value


def test_an_entrys_own_values_stand_over_the_common_ones_and_its_check_stands_over_all():
    def twice(settings, given):
        assert given == {"steps": 7}
        return linear_settings.Modes(points=2 * settings.points, steps=settings.steps)

    entry = Entry("a", "b", "c", "d", "e:f", linear_settings.Modes, defaults={"points": 40}, check=twice)
    assert settle(entry, {"steps": "7"}) == linear_settings.Modes(points=80, steps=7)


@whatever(low=st.floats(-1e6, 1e6), high=st.floats(-1e6, 1e6), value=st.floats(-2e6, 2e6))
def test_from_to_takes_the_ends_and_what_lies_between(low, high, value):
    read = from_to(low, high)
    if low <= value <= high:
        assert read("share", repr(value)) == value
    else:
        with pytest.raises(ValueError, match="settings: need .* <= share <= .*, got"):
            read("share", value)


@pytest.mark.parametrize(
    ("read", "value", "found"),
    [
        (number, "-1e3", -1000.0),
        (number, 0, 0.0),
        (whole(1, 9), "9", 9),
        (whole(1, 9), 1.0, 1),
        (whole(1, 10**6), "1e6", 10**6),
        (one_of("sum", "mean"), "mean", "mean"),
        (several(number, 3, "up to three"), "1, -2,3", (1.0, -2.0, 3.0)),
        (several(number, 3, "up to three"), [4], (4.0,)),
        (several(number, 3, "up to three"), 5.0, (5.0,)),
    ],
)
def test_readers_read(read, value, found):
    assert read("key", value) == found
    assert type(read("key", value)) is type(found)


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (number, "fast", "need a number for key, got 'fast'"),
        (number, None, "need a number for key, got None"),
        (number, "nan", "need a finite key, got nan"),
        (number, -math.inf, "need a finite key, got -inf"),
        (from_to(0.0, 1.0), "nan", "need 0 <= key <= 1, got nan"),
        (from_to(0.0, 1.0), "half", "need a number for key, got 'half'"),
        (whole(1, 9), "2.5", "need a whole key from 1 to 9, got 2.5"),
        (whole(1, 9), "nan", "need a whole key from 1 to 9, got nan"),
        (whole(1, 9), "1e400", "need a whole key from 1 to 9, got 1e400"),
        (whole(1, 9), [1], "need a number for key, got [1]"),
        (one_of("sum", "mean"), "meen", "unknown key 'meen'; did you mean mean"),
        (several(number, 3, "up to three"), "1,2,3,4", "need up to three, got 1,2,3,4"),
        (several(number, 3, "up to three"), [], "need up to three, got []"),
        (several(number, 3, "up to three"), "1,,2", "need a number for key, got ''"),
    ],
)
def test_readers_refuse(read, value, message):
    with pytest.raises(ValueError, match=re.escape(f"settings: {message}")):
        read("key", value)


def test_modes_in_between_are_chosen_where_none_are_given():
    assert settle(find("learning-rate/two"), {"sigma": "1,9"}).between == (5.0, 3.0)
    assert settle(find("learning-rate/two"), {"sigma": "1,9", "between": "9,1"}).between == (9.0, 1.0)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("learning-rate/scalar sigma=0", "need 1e-09 <= sigma <= 1e+09, got 0"),
        ("learning-rate/scalar sigma=nan", "need 1e-09 <= sigma <= 1e+09, got nan"),
        ("learning-rate/scalar sigma=1,2", "need a number for sigma, got '1,2'"),
        ("learning-rate/scalar y=0", "need y of a size from 1e-12 to 1e12, got 0"),
        ("learning-rate/scalar y=inf", "need a finite y, got inf"),
        ("learning-rate/scalar loss=cube", "unknown loss 'cube'; there are: half-sum, sum, half-mean, mean"),
        ("learning-rate/scalar lr=-1", "need a positive, finite lr, got -1"),
        ("learning-rate/scalar factor=1", "need 1e-09 <= factor <= 0.99, got 1"),
        ("learning-rate/scalar factor=0", "need 1e-09 <= factor <= 0.99, got 0"),
        ("learning-rate/scalar steps=0", "need a whole steps from 1 to 20000, got 0"),
        ("learning-rate/scalar steps=1e9", "need a whole steps from 1 to 20000, got 1e9"),
        ("learning-rate/scalar between=1", "unknown setting 'between'"),
        ("learning-rate/scalar rate=1", "unknown setting 'rate'"),
        ("learning-rate/two sigma=1", "need two different sigmas, got (1.0,); learning-rate/scalar takes one"),
        ("learning-rate/two sigma=2,2", "need two different sigmas, got (2.0, 2.0)"),
        ("learning-rate/two sigma=1,2,3", "need two sigmas, got 1,2,3"),
        ("learning-rate/two sigma=1,-2", "need a positive, finite sigma, got -2"),
        ("learning-rate/two y=1,2,3", "need one or two targets, got 1,2,3"),
        ("learning-rate/two y=1,0", "need y of a size from 1e-12 to 1e12, got 0"),
        ("learning-rate/two sigma=1,2 between=3", "need between from 1 to 2, got (3.0,)"),
        ("learning-rate/two sigma=2,1 between=1.5,0.5", "need between from 1 to 2, got (1.5, 0.5)"),
        ("learning-rate/two between=", "need key=value"),
        ("learning-rate/svd data=iris", "unknown data 'iris'; there are: random, diabetes"),
        ("learning-rate/svd points=0", "need a whole points from 1 to 2000, got 0"),
        ("learning-rate/svd points=3", "need at least as many points as singular values, got 3 for 5"),
        ("learning-rate/svd seed=-1", "need a whole seed from 0 to 4294967295, got -1"),
        ("ill-conditioned size=1", "need a whole size from 2 to 500, got 1"),
        ("ill-conditioned alpha=0", "need 1e-06 <= alpha <= 1e+06, got 0"),
        ("ill-conditioned error=1", "need 10 <= error <= 1e+11, got 1"),
        ("ill-conditioned noise_std=0", "need a positive, finite noise_std, got 0"),
        ("ill-conditioned share=1.01", "need 1e-06 <= share <= 1, got 1.01"),
        ("ill-conditioned lr=1", "unknown setting 'lr'"),
        ("least-squares/tall rank=5", "need rank at most 4 for 12 x 4, got 5"),
        ("least-squares/wide rank=0", "need a whole rank from 1 to 200, got 0"),
        ("least-squares/wide points=2 rank=3", "need rank at most 2 for 2 x 12, got 3"),
        ("least-squares/tall kappa=31", "need 1 <= kappa <= 30, got 31"),
        ("least-squares/tall features=nan", "need a whole features from 1 to 200, got nan"),
        ("ridge lam=0", "need 1e-06 <= lam <= 1e+12, got 0"),
        ("ridge kappa=0.5", "need 1 <= kappa <= 1000, got 0.5"),
        ("ridge/limits features=1", "need a whole features from 2 to 200, got 1"),
        ("ridge/filters points=1e9", "need a whole points from 2 to 2000, got 1e9"),
        ("ridge/diabetes held_out=0", "need 0.05 <= held_out <= 0.95, got 0"),
        ("ridge/diabetes held_out=nan", "need 0.05 <= held_out <= 0.95, got nan"),
        ("ridge/diabetes points=3", "unknown setting 'points'"),
        ("ridge/polynomial degree=0", "need a whole degree from 1 to 40, got 0"),
        ("ridge/polynomial noise_std=-1", "need noise_std >= 0, got -1"),
        ("ridge/polynomial noise_std=inf", "need a finite noise_std, got inf"),
        ("tikhonov seen=4", "need seen at most 3, the features, got 4"),
        ("tikhonov features=101", "need a whole features from 2 to 100, got 101"),
        ("noise x=0", "need x and y of a size of at least 1e-6, got x=0, y=1"),
        ("noise y=-0.0", "need x and y of a size of at least 1e-6, got x=1, y=-0"),
        ("noise noise_std=0", "need 1e-06 <= noise_std <= 1000, got 0"),
        ("noise runs=99", "need a whole runs from 100 to 100000, got 99"),
        ("noise steps=1", "need a whole steps from 2 to 5000, got 1"),
        ("noise points=2", "unknown setting 'points'"),
        ("noise/ridge features=13", "need a whole features from 1 to 12, got 13"),
        ("noise/ridge points=200 features=12 runs=20000", "need points x features x runs at most 2e7; ask for fewer"),
        ("noise/ridge x=1", "unknown setting 'x'"),
    ],
)
def test_settings_of_linear_experiments_refuse(line, message):
    name, *pairs = line.split()
    with pytest.raises(ValueError, match=re.escape(message)):
        settle(find(name), from_pairs(pairs))
