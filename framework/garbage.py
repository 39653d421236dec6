"""How often Python collects garbage: objects that refer to each other in a circle.

By default it does after every 700 objects more, now and then among all of them, also
among what the start has loaded, which stays. While entities come by the thousand, that
is a fifth of the CPU of a resync. It counts objects, not bytes: large replies must not
wait for it (`ApiClient`), and a still higher threshold saves nothing more.

https://docs.python.org/3/library/gc.html
"""

import gc

OBJECTS_BETWEEN_COLLECTIONS = 2_500


def collect_garbage_less_often() -> None:
    """Leave out what is there now, and raise the threshold; for the end of a start.

    Of its 140,000 objects 1,400 are garbage; to collect them would take 75 ms.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
