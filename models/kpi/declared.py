"""Checks of the parameters that an operator declares."""

import numpy as np


def require_finite(name: str, value: float, lower: float = 0.0) -> float:
    """Refuse a parameter that is not a number at or above ``lower``.

    Examples
    --------
    >>> require_finite("rated_it_kw", 400.0)
    400.0
    """
    if not np.isfinite(value) or value < lower:
        msg = f"{name} must be a number of at least {lower:g}, got {value!r}"
        raise ValueError(msg)
    return value


def require_above_zero(name: str, value: float) -> float:
    """Refuse a parameter that nothing can be divided by.

    Examples
    --------
    >>> require_above_zero("rated_it_kw", 400.0)
    400.0
    """
    if require_finite(name, value) == 0.0:
        msg = f"{name} must be above 0"
        raise ValueError(msg)
    return value
