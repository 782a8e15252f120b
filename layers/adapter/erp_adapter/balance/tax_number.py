"""Check digits of Turkish tax numbers: VKN (10 digits, companies) and TCKN (11, persons).

The algorithms as published by the Revenue Administration (VKN) and the civil registry (TCKN);
python-stdnum's `stdnum.tr.vkn` and `stdnum.tr.tckimlik` document both and are our test oracle.
"""


def is_vkn(number: str) -> bool:
    """Whether these are 10 digits with a right check digit."""
    if not (number.isascii() and number.isdecimal() and len(number) == 10):
        return False
    total = 0
    for power, digit in enumerate(reversed(number[:9]), start=1):
        shifted = (int(digit) + power) % 10
        total += shifted and (shifted * 2**power % 9 or 9)
    return int(number[9]) == -total % 10


def is_tckn(number: str) -> bool:
    """Whether these are 11 digits, the first not 0, with right check digits."""
    if not (number.isascii() and number.isdecimal() and len(number) == 11) or number[0] == "0":
        return False
    digits = [int(digit) for digit in number]
    tenth = -(3 * sum(digits[0:9:2]) + sum(digits[1:8:2])) % 10
    return digits[9] == tenth and digits[10] == sum(digits[:10]) % 10
