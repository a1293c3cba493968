"""Numbers as people write them, for words and legends: 100 000, 2.1×10⁻⁷, a minus sign that is one; and counts."""

import math

from jaxtyping import Real
from torch import Tensor

RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
SPACE = "\u202f"  # Narrow, and no line breaks at it.


def said(value: float | int | Real[Tensor, ""], digits: int = 3) -> str:
    """A number in few digits; one that is very large or small as a multiple of a power of ten.

    Args:
        value: The number.
        digits: How many of its digits count.

    Returns:
        The words; there are no trailing zeros, and thousands stand apart.

    Example:
        >>> said(0.46712), said(100_000), said(1e-6), said(-2.148e7), said(-0.0)
        ('0.467', '100\u202f000', '10⁻⁶', '−2.15×10⁷', '0')
    """
    value = float(value)
    if not math.isfinite(value):
        return "none" if math.isnan(value) else "∞" if value > 0 else "−∞"
    rounded = float(f"{value:.{digits}g}")
    if rounded == 0:
        return "0"
    if 1e-3 <= abs(rounded) < 1e6:
        return f"{rounded:,.12g}".replace(",", SPACE).replace("-", "−")
    mantissa, power = f"{rounded:e}".split("e")
    lead = {1.0: "", -1.0: "-"}.get(float(mantissa), f"{float(mantissa):g}×")
    return f"{lead.replace('-', '−')}10{str(int(power)).translate(RAISED)}"


def counted(number: float | int, one: str, many: str = "") -> str:
    """A count, up to a million exact, and what is counted.

    Example:
        >>> counted(1, "step"), counted(2611, "step"), counted(12_345_678, "step")
        ('1 step', '2\u202f611 steps', '1.23×10⁷ steps')
    """
    return f"{said(number, 6 if abs(number) < 1e6 else 3)} {one if number == 1 else many or one + 's'}"
