"""Fixed-point exp, reciprocal, logistic and tanh in Python integers, one number at a time.

Written from gemmlowp's and TensorFlow Lite's fixed-point functions; nothing comes from edgetwin. A raw 32-bit number
with n integer bits stands for ``raw * 2**(n - 31)``, so a product has the integer bits of both factors.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

from oracles.kernels_elementwise import half_away, half_up, wrap

LARGEST = 2**31 - 1


def raw_of(real: Decimal, integer_bits: int) -> int:
    """Return the nearest raw number."""
    with localcontext() as context:
        context.prec = 60
        return int((real * 2 ** (31 - integer_bits)).to_integral_value(ROUND_HALF_EVEN))


def exp_of(real: str) -> Decimal:
    """Return e to the power of `real`, to 60 digits."""
    with localcontext() as context:
        context.prec = 60
        return Decimal(real).exp()


def quotient(numerator: int, denominator: int) -> Decimal:
    """Return a quotient, to 60 digits."""
    with localcontext() as context:
        context.prec = 60
        return Decimal(numerator) / denominator


def product(a: int, b: int) -> int:
    """Multiply raw numbers: the upper half of the doubled product, ties towards +infinity."""
    return min(half_up(Fraction(a * b, 2**31)), LARGEST)


def divided(value: int, exponent: int) -> int:
    """Divide by a power of two, ties away from zero."""
    return half_away(Fraction(value, 2**exponent))


def raised(value: int, exponent: int) -> int:
    """Multiply by a power of two, saturating."""
    return max(-(2**31), min(LARGEST, value * 2**exponent))


EXP_OF_MINUS_EIGHTH = raw_of(exp_of("-0.125"), 0)
THIRD = raw_of(quotient(1, 3), 0)
#: e to the powers of -1/4, -1/2, -1, -2, -4, -8 and -16.
EXP_OF_POWERS = {k: raw_of(exp_of(str(-(2.0**k))), 0) for k in range(-2, 5)}
FORTY_EIGHT_17THS = raw_of(quotient(48, 17), 2)
THIRTY_TWO_17THS = raw_of(quotient(32, 17), 2)


def exp_within_a_quarter(a: int) -> int:
    """e**a of a Q0.31 in [-1/4, 0): a Taylor polynomial of degree 4 around -1/8."""
    x = a + 2**28
    square = product(x, x)
    cube, fourth = product(square, x), product(square, square)
    tail = divided(product(divided(fourth, 2) + cube, THIRD) + square, 1)
    return wrap(EXP_OF_MINUS_EIGHTH + product(EXP_OF_MINUS_EIGHTH, x + tail))


def exp(a: int, integer_bits: int) -> int:
    """e**a of a number below or equal to 0, as Q0.31: the rest of a quarter, then a factor for every bit above."""
    if a == 0:
        return LARGEST
    fraction_bits = 31 - integer_bits
    quarter = 2 ** (fraction_bits - 2)
    rest = a % quarter - quarter
    result = exp_within_a_quarter(raised(rest, integer_bits))
    whole = (rest - a) % 2**32
    for k in range(-2, integer_bits):
        if whole // 2 ** (fraction_bits + k) % 2 == 1:
            result = product(result, EXP_OF_POWERS[k])
    return result


def reciprocal_of_mean_with_one(a: int) -> int:
    """2 / (1 + a) of a Q0.31 in [0, 1], as Q2.29: three steps of Newton's iteration."""
    total = a + LARGEST
    mean = half_away(Fraction(total, 2))
    x = wrap(FORTY_EIGHT_17THS + product(mean, -THIRTY_TWO_17THS))
    for _ in range(3):
        error = wrap(2**29 - product(mean, x))
        x = wrap(x + raised(product(x, error), 2))
    return x


def one_over_one_plus(a: int) -> int:
    """1 / (1 + a) of a Q0.31 in [0, 1], as Q0.31."""
    return raised(reciprocal_of_mean_with_one(a), 1)


def one_minus_over_one_plus(a: int) -> int:
    """(1 - a) / (1 + a) of a Q0.31 in [0, 1], as Q0.31."""
    return raised(wrap(reciprocal_of_mean_with_one(a) - 2**29), 2)


def reciprocal(x: int, integer_bits: int) -> tuple[int, int]:
    """1 / x of a number above 0: a Q0.31 in [1/2, 1], and the power of two to divide it by."""
    headroom = 32 - x.bit_length()
    return one_over_one_plus(wrap(x * 2**headroom - 2**31)), integer_bits - headroom


def logistic(a: int, integer_bits: int) -> int:
    """1 / (1 + e**-a) as Q0.31."""
    if a == 0:
        return 2**30
    positive = one_over_one_plus(exp(wrap(-abs(a)), integer_bits))
    return positive if a > 0 else wrap(LARGEST - positive)


def tanh(a: int, integer_bits: int) -> int:
    """Hyperbolic tangent as Q0.31: with one integer bit more the same raw number is 2 a."""
    if a == 0:
        return 0
    positive = one_minus_over_one_plus(exp(wrap(-abs(a)), integer_bits + 1))
    return positive if a > 0 else wrap(-positive)


#: Where TensorFlow Lite's table of the logistic function holds one more than the nearest number.
ONE_MORE = {
    *(4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41),
    *(43, 44, 45, 46, 49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255),
}


def table_entry(i: int) -> int:
    """Return the logistic function of i / 24 as Q0.16."""
    with localcontext() as context:
        context.prec = 60
        exact = 2**16 / (1 + (-Decimal(i) / 24).exp())
        return int(exact.to_integral_value(ROUND_HALF_EVEN)) + (i in ONE_MORE)


TABLE = tuple(table_entry(i) for i in range(256))


def interpolated(x: int, bits: int, beyond: int) -> int:
    """Return the logistic function of ``x / (24 * 2**bits)``, x >= 0, as Q0.(16 + bits), linear between entries."""
    step, rest = divmod(x, 2**bits)
    return beyond if step >= 255 else TABLE[step] * 2**bits + rest * (TABLE[step + 1] - TABLE[step])


def logistic_s16(value: int, real: Fraction = Fraction(3)) -> int:
    """Logistic function as Q0.15 of a code times `real`, in 1/12288: by default of a Q3.12, three 1/24ths an eighth."""
    x = half_up(value * real)
    result = interpolated(abs(x), 9, 0x7FFF * 2**10)
    # Rounded half up for x >= 0, half down below.
    return (result + 2**9) // 2**10 if x >= 0 else (2**25 - result + 2**9 - 1) // 2**10


def tanh_s16(value: int, scale_power: int) -> int:
    """Hyperbolic tangent of ``value * 2**scale_power`` as Q0.15."""
    return tanh_of_table(value, 3 * Fraction(2) ** (12 + scale_power))


def tanh_of_table(value: int, real: Fraction) -> int:
    """Hyperbolic tangent as Q0.15 of a code times `real`, in 1/12288, from the same table: 2 logistic(2 x) - 1."""
    x = half_up(value * real)
    result = interpolated(abs(x), 8, 0xFFFF * 2**8)
    return (result - 2**23 + 2**7) // 2**8 if x >= 0 else (2**23 - result + 2**7 - 1) // 2**8
