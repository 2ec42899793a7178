from asking import ask, connect


def test_asking(scaling):
    scaling(lambda _count, database: ask(database), setup_once=connect)
