"""How often Python looks for garbage: objects that refer to each other in a circle.

It looks after every 700 objects more, now and then through all of them, also through
what the start has loaded, which stays. While entities come by the thousand, that is a
fifth of the CPU of a resync. It counts objects, not bytes: large replies must not wait
for it (`ApiClient`), and to look still less often saves nothing more.

https://docs.python.org/3/library/gc.html
"""

import gc

OBJECTS_BETWEEN_LOOKS = 2_500


def look_seldom() -> None:
    """Leave out what is there now, and look less often; for the end of a start.

    Of its 140,000 objects 1,400 are garbage; to look for them would take 75 ms.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
