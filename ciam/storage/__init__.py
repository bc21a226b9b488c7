"""Storage: the only place that knows SQL.

`tables/` declare, `stores/` ask, `Database` opens units of work. See `unit_of_work.py` for the
rules of a transaction.
"""

from ciam.storage.unit_of_work import AbortedTransaction, Database, UnitOfWork

__all__ = ["AbortedTransaction", "Database", "UnitOfWork"]
