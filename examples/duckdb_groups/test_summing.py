from summing import connect, total, write


def test_summing(scaling, tmp_path):
    table = str(tmp_path / "table.parquet")
    write(table)
    scaling(lambda _count, database: total(database, table), setup_once=connect)
