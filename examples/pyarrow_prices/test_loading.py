import pyarrow as pa
from loading import load, write


def test_loading(scaling):
    file = write()
    scaling(lambda _count: load(file), setup=pa.set_cpu_count)
