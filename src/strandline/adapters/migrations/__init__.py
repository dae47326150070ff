"""How the tables come to their present shape, step by step (Alembic).

Belongs here: one file in `versions/` for each change of shape, which an older database goes through.
"""
