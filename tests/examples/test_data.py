"""The data that an example ships is what its notes say it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_patients_are_scikit_learns_breast_cancer_set() -> None:
    shipped = np.genfromtxt(EXAMPLES / "tabular" / "data" / "patients.csv", delimiter=",", skip_header=1)
    known = load_breast_cancer()
    assert np.allclose(shipped[:, :-1], known.data, rtol=1e-5)
    assert (shipped[:, -1] == known.target).all()
