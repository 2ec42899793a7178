from archiving import compress


def test_archiving(scaling):
    scaling(compress)
