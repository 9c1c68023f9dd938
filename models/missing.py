"""What the time without data adds to the uncertainty of a year's figure.

A ratio over the known part of a window stands for the whole window. How far it may be off follows
from how much the unknown part may differ from the known: from the scatter of the blocks (days or
hours) about the ratio, from how slowly that scatter wanders, and from the season the gap lies in.
"""

from dataclasses import dataclass
from math import hypot, isnan, sqrt

import numpy as np
import scipy
from numpy.typing import NDArray

from models.readings import FloatArray

# Fewer known blocks do not tell a process from an accident.
_LEAST_KNOWN = 14
# Lags up to this share of the window, and to this number of blocks, show how fast it wanders.
_LAG_SHARE = 8
_MOST_LAGS = 90
_TIME_CONSTANTS = 40
# A block that used next to nothing still has scatter of its own.
_LEAST_SHARE_OF_MEAN = 0.01
# No fit has used up more of its blocks than this.
_MOST_OF_FREEDOM = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRatio:
    """A ratio of which some blocks are missing.

    ``ratio`` is that of the known blocks and ``u`` its standard uncertainty as a figure for the
    whole window, for what is missing alone: the argument ``missing_u`` of
    :func:`models.kpi.ratio.ratio_series`, times the KPI's scale. ``estimate`` fills the missing
    blocks from the fit, with ``estimate_u``: it is an estimate and never the KPI.
    ``effective_blocks`` is how many independent blocks the known ones are worth.
    """

    ratio: float
    u: float
    estimate: float
    estimate_u: float
    known_ratio: float
    effective_blocks: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scatter:
    """White noise, and a part that wanders with correlation rho^lag. Variances."""

    white: float
    slow: float
    rho: float

    def variance(self, weight: FloatArray) -> float:
        """Variance of a weighted sum of consecutive blocks."""
        carried = self.rho * scipy.signal.lfilter([0.0, 1.0], [1.0, -self.rho], weight)
        squares = float(weight @ weight)
        return self.white * squares + self.slow * (squares + 2.0 * float(weight @ carried))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """The model over all blocks: ``inverse`` makes ``beta`` of the scaled known numerators."""

    denominator: FloatArray
    scale: FloatArray
    design: FloatArray
    inverse: FloatArray
    beta: FloatArray
    scatter: _Scatter
    effective: float


def missing_ratio(
    numerator: FloatArray,
    denominator: FloatArray,
    known: NDArray[np.bool_],
    covariate: FloatArray | None = None,
) -> MissingRatio:
    """Uncertainty of a ratio of sums that the unknown blocks of its window cause.

    Parameters
    ----------
    numerator, denominator : float array, shape (n,)
        What each block of equal length counted above and below the line; any unit. Values of
        blocks that are not known are not looked at.
    known : bool array, shape (n,)
        Which blocks count as known.
    covariate : float array, shape (n,), optional
        What the ratio follows with the season, in every block: outdoor temperature [degC].
        Gaps in it are bridged in a straight line.

    Returns
    -------
    MissingRatio
        NaN in place of a figure with fewer than 14 known blocks, unless none is missing.

    Raises
    ------
    ValueError
        If the shapes differ, or a known block holds no number.

    Notes
    -----
    Model: n_t = d_t (alpha + beta (theta_t - mean)) + sqrt(d_t) e_t. The scatter e is white noise
    plus a first-order autoregressive part, both fitted to the autocovariance of the residuals. A
    missing block takes the mean denominator of the known ones; that it may have differed is of
    second order.

    The whole window's ratio less that of the known blocks is sum(w_t n_t), with
    w_t = 1/D - known_t/D_known. So u^2 = w'Cw + (sum(w_t d_t) (alpha + beta theta_t))^2, where C is
    the covariance of the scatter. Without autocorrelation and with equal denominators w'Cw is
    (1 - f) s^2 / (m d^2), the finite population correction of the ratio estimator (W. G. Cochran,
    Sampling Techniques, 3rd ed. 1977, 6.4); the correlation makes a gap of thirty days in a row
    weigh more than thirty days here and there, as does the variance of an autocorrelated mean
    (G. V. Bayley and J. M. Hammersley, 1946). The second term is the season's effect, known but
    not corrected for, which JCGM 100:2008, F.2.4.5, lets be added in quadrature.

    Examples
    --------
    Four in five of a hundred blocks, scatter 0.1 without memory: sqrt(0.2 / 80) 0.1 = 0.005.

    >>> scatter = 0.1 * np.random.default_rng(5).choice([-1.0, 1.0], 100)
    >>> blocks = np.arange(100) % 5 > 0
    >>> round(missing_ratio(1.3 + scatter, np.ones(100), blocks).u, 3)
    0.005
    """
    top, bottom = _checked(numerator, denominator, known)
    below = float(bottom[known].sum())
    if below <= 0.0 or known.sum() < min(_LEAST_KNOWN, len(known)):
        return _without_scatter(float("nan"), float("nan"), known)
    ratio = float(top[known].sum()) / below
    if known.all():
        return _without_scatter(ratio, 0.0, known)
    fit = _fit(top, bottom, known, covariate)
    whole = float(fit.denominator.sum())
    weight = 1.0 / whole - known / below
    season = float(weight @ fit.design @ fit.beta)
    # The error of the estimate: the scatter of the missing blocks less what the fit made of that
    # of the known ones.
    missing = fit.design[~known].sum(axis=0)
    error = np.zeros(len(known))
    error[known] = -(missing @ fit.inverse) / whole
    error[~known] = fit.scale[~known] / whole
    return MissingRatio(
        ratio=ratio,
        u=hypot(season, sqrt(fit.scatter.variance(weight * fit.scale))),
        estimate=(float(top[known].sum()) + float(missing @ fit.beta)) / whole,
        estimate_u=sqrt(fit.scatter.variance(error)),
        known_ratio=float(known.mean()),
        effective_blocks=fit.effective,
    )


def _without_scatter(ratio: float, u: float, known: NDArray[np.bool_]) -> MissingRatio:
    """Nothing missing, or too little known to say how much it matters."""
    blocks = float(known.sum())
    return MissingRatio(
        ratio=ratio,
        u=u,
        estimate=ratio,
        estimate_u=u,
        known_ratio=blocks / len(known) if len(known) else 0.0,
        effective_blocks=0.0 if isnan(u) else blocks,
    )


def _checked(
    numerator: FloatArray, denominator: FloatArray, known: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Top and bottom with zeros where unknown."""
    if not numerator.shape == denominator.shape == known.shape or known.ndim != 1:
        msg = (
            f"numerator {numerator.shape}, denominator {denominator.shape} and known "
            f"{known.shape} need one length; give one value for each block of the window"
        )
        raise ValueError(msg)
    if not (np.isfinite(numerator[known]) & np.isfinite(denominator[known])).all():
        msg = "a block without a number is marked as known; leave it out of known"
        raise ValueError(msg)
    return np.where(known, numerator, 0.0), np.where(known, denominator, 0.0)


def _regressors(known: NDArray[np.bool_], covariate: FloatArray | None) -> FloatArray:
    """A constant, and the covariate about its mean where there is one."""
    constant = np.ones((len(known), 1))
    if covariate is None:
        return constant
    if covariate.shape != known.shape:
        msg = f"covariate has shape {covariate.shape}, known {known.shape}; give one per block"
        raise ValueError(msg)
    given = np.flatnonzero(np.isfinite(covariate))
    if len(given) == 0:
        return constant
    bridged = np.interp(np.arange(len(known)), given, covariate[given])
    return np.column_stack([constant[:, 0], bridged - bridged[known].mean()])


def _fit(
    top: FloatArray, bottom: FloatArray, known: NDArray[np.bool_], covariate: FloatArray | None
) -> _Fit:
    """Weighted least squares of the known blocks, and the scatter about it."""
    mean = float(bottom[known].mean())
    filled = np.where(known, bottom, mean)
    scale = np.sqrt(np.maximum(filled, _LEAST_SHARE_OF_MEAN * mean))
    design = filled[:, None] * _regressors(known, covariate)
    inverse = np.asarray(np.linalg.pinv(design[known] / scale[known, None]), dtype=np.float64)
    beta = inverse @ (top[known] / scale[known])
    residual = np.zeros(len(known))
    residual[known] = (top[known] - design[known] @ beta) / scale[known]
    scatter, effective = _scatter(residual, known, design.shape[1])
    return _Fit(
        denominator=filled,
        scale=scale,
        design=design,
        inverse=inverse,
        beta=beta,
        scatter=scatter,
        effective=effective,
    )


def _scatter(
    residual: FloatArray, known: NDArray[np.bool_], parameters: int
) -> tuple[_Scatter, float]:
    """Fit white noise and an AR(1) part to the residuals; and the effective number of blocks.

    The autocovariance at lag h > 0 is slow * rho^h. For each of a range of time constants the
    variance follows by least squares, and the constant with the least squares is taken. The
    residuals of a fit scatter less than the process: their variance is enlarged by
    n_eff / (n_eff - parameters) (A. Zieba, Metrology and Measurement Systems 17, 2010, 3).
    """
    count = float(known.sum())
    variance = float(residual @ residual) / count
    lags = np.arange(1, max(2, min(len(known) // _LAG_SHARE, _MOST_LAGS)) + 1)
    mask = known.astype(np.float64)
    pairs = np.array([mask[h:] @ mask[:-h] for h in lags])
    product = np.array([residual[h:] @ residual[:-h] for h in lags])
    together = pairs > 0.0
    lags, pairs, covariance = lags[together], pairs[together], product[together] / pairs[together]
    rhos = np.exp(-1.0 / np.geomspace(0.3, len(known), _TIME_CONSTANTS))
    shape = rhos[:, None] ** lags
    slow = np.clip((shape * pairs) @ covariance / (shape**2 @ pairs), 0.0, variance)
    misfit = np.square(covariance - slow[:, None] * shape) @ pairs
    best = int(np.argmin(misfit))
    raw = _Scatter(
        white=variance - float(slow[best]), slow=float(slow[best]), rho=float(rhos[best])
    )
    if variance == 0.0:
        return raw, count
    effective = count**2 * variance / raw.variance(mask)
    enlarged = 1.0 / (1.0 - min(parameters / effective, _MOST_OF_FREEDOM))
    return (
        _Scatter(white=raw.white * enlarged, slow=raw.slow * enlarged, rho=raw.rho),
        effective,
    )
